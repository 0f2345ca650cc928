/** Lines read in batches by a kernel become what lines read one by one become. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkAccounts, parseBytes, parseSeveral, utf8 } from "./parse_call.ts";

/** Few digits and many, on both sides of a point: eight bytes are read at once. */
const DIGITS = fc.oneof(fc.nat(3), fc.nat(9), fc.nat(17))
  .chain((length) => fc.array(fc.constantFrom(..."0123456789"), { minLength: length, maxLength: length }))
  .map((digits) => digits.join(""));

/** Numbers as loggers write them, and at the edges of what can be read digit by digit. */
const NUMBER = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(
      fc.constantFrom("", "", "", "-", "+"),
      DIGITS,
      fc.oneof(fc.constant(""), DIGITS.map((digits) => `.${digits}`)),
      fc.constantFrom("", "", "", "", "", "", "", "", "", "", "", "", ".", "e1", "/", ":", "\u00ba", "-"),
    ).map((parts) => parts.join("")),
  },
  { weight: 5, arbitrary: fc.integer({ min: -900, max: 900 }).map(String) },
  { weight: 3, arbitrary: fc.tuple(fc.integer({ min: -99, max: 99 }), fc.nat(4)).map(([x, n]) => (x / 7).toFixed(n)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom("", "-", "+"), fc.nat(3), fc.nat(18), fc.maxSafeInteger())
      .map(([sign, zeros, point, n]) => {
        const digits = "0".repeat(6 * zeros) + Math.abs(n);
        return sign + (point < digits.length ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits);
      }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "",
      "-0",
      "-0.0",
      "5.",
      ".5",
      "12.0",
      "9007199254740993",
      ".00000000000000012",
      "1e2",
      "x",
    ),
  },
);

/** Of the last three, 16 bytes are equal: so many are compared at once. */
const KEYS = [
  "m0",
  "m1",
  "m2",
  "m10",
  "outdoor_temp",
  "outdoor_temp2",
  "z",
  ...["", "1", "2"].map((n) => `unknown_key_of_16${n}`),
];

/** Lines that a kernel reads, with some that it leaves to others, over the end of a day and back. */
const BATCHES = fc.array(
  fc.record({
    second: fc.oneof({ weight: 9, arbitrary: fc.nat(60) }, {
      weight: 1,
      arbitrary: fc.integer({ min: -90, max: 9e4 }),
    }),
    zone: fc.constantFrom("Z", "Z", "Z", "Z", "z", "+00:30", "-0130", ""),
    fraction: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(".5", ".142308") },
      { weight: 1, arbitrary: DIGITS.map((digits) => `.${digits}`) },
      { weight: 1, arbitrary: fc.constantFrom("", ",5", ".12345x", ".1234567x") },
    ),
    keys: fc.subarray(KEYS, { minLength: 2 }),
    values: fc.array(NUMBER, { minLength: 8, maxLength: 8 }),
    blank: fc.constantFrom("", "", "", "", " ", "\t "),
    odd: fc.oneof(
      { weight: 20, arbitrary: fc.constant("") },
      {
        weight: 1,
        arbitrary: fc.constantFrom(";m1:3.5", ";m4:1e2", ";m0:7", "x", ";m5:\u00e9", ";m3 : +06", ";m6", ";;"),
      },
    ),
    end: fc.constantFrom("\n", "\n", "\n", "\r\n", " \n"),
    times: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 60 },
).map((lines) =>
  utf8(
    lines.flatMap(({ second, fraction, zone, keys, values, blank, odd, end, times }) =>
      Array.from({ length: times }, (_, i) => {
        const stamp = new Date(Date.UTC(2026, 0, 20, 23, 59) + (second + i) * 1000).toISOString().slice(0, 19);
        const pairs = keys.map((key, k) => `;${blank}${key}:${blank}${values[(i + k) % 8]}`).join(blank);
        return `${stamp}${fraction}${zone}${pairs}${odd}${end}`;
      })
    ).join(""),
  )
);

Deno.test("parse gives the same with and without its kernel, for long runs of plain lines", async () => {
  await fc.assert(
    fc.asyncProperty(
      BATCHES,
      fc.record({ tz: fc.constantFrom("UTC", "Europe/Paris"), from: fc.constantFrom("", "2026-01-20T23:59:30Z") }),
      fc.integer({ min: 1, max: 3000 }),
      async (bytes, { tz, from }, chunk) => {
        const params = { format: "kv", tz, ...(from ? { from } : {}) };
        const plain = await parseBytes(bytes, { params, tuning: { batch: 0 } });
        assertEquals(await parseBytes(bytes, { params, tuning: { batch: Infinity } }), plain);
        assertEquals(await parseBytes(bytes, { params, tuning: { chunk, batch: 0 } }), plain);
        assertEquals(
          await parseBytes(bytes, { params, tuning: { longest: 70, batch: 0 } }),
          await parseBytes(bytes, { params, tuning: { longest: 70, batch: Infinity } }),
        );
        checkAccounts(plain);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("parse gives the same with and without its kernel for several files, whose keys and clocks differ", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(BATCHES, { minLength: 2, maxLength: 5 }),
      fc.constantFrom("UTC", "Europe/Paris"),
      fc.constantFrom(0, 300, 3000, 10_000),
      async (contents, tz, batch) => {
        const params = { format: "kv", tz };
        const plain = await parseSeveral(contents, { params, tuning: { batch: Infinity } });
        assertEquals(await parseSeveral(contents, { params, tuning: { batch } }), plain);
      },
    ),
    { numRuns: 100 },
  );
});
