/** What holds for kv lines whatever their bytes are. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkAccounts, parseBytes, utf8 } from "./parse_call.ts";
import { slowly } from "./parse_kv_slowly.ts";

function time(second: number): string {
  return new Date(second * 1000).toISOString().slice(11, 19);
}

/** Lines as devices write them, and broken in all the ways they break. */
const KEY = fc.constantFrom("m0", "m1", "m2", "m10", "m11", "outdoor_temp", "batt", "température", "m", "");
const VALUE = fc.oneof(
  fc.integer({ min: -5, max: 4095 }).map(String),
  fc.double({ min: -50, max: 50, noNaN: true }).map(String),
  fc.constantFrom(
    "",
    "x",
    "NaN",
    "1e2",
    "12.0",
    "1.5e1",
    "3.7",
    "inf",
    "1e999",
    "9007199254740993",
    "1\x002",
    " 7 ",
    "1:2",
    "+6",
    "2026-01-20T09:07:57Z",
    "3.72026-01-20 09:07:57+01:00",
  ),
);
const STAMP = fc.tuple(
  fc.constantFrom("2026-01-20", "2026-01-21", "2026-01-20", "2026-02-30", "0001-01-01"),
  fc.constantFrom("T", " ", "t"),
  fc.constantFrom("00:00:00", "09:07:58", "09:07:59", "23:59:60", "24:00:00", "9:07:58"),
  fc.constantFrom("", ".5", ",142308", ".123456789", ".1234567890"),
  fc.constantFrom("Z", "Z", "Z", "", "+01:00", "-0130", "?"),
).map((parts) => parts.join(""));
const SEGMENT = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(KEY, VALUE).map(([key, value]) => `${key}:${value}`) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "m0", "\tm1 : 5 ", "\0", "m0\0:1") },
);
const ROW = fc.tuple(STAMP, fc.array(SEGMENT, { maxLength: 6 })).map(([stamp, segments]) =>
  [stamp, ...segments].join(";")
);
const PLAIN = fc.tuple(fc.integer({ min: 0, max: 86399 }), fc.integer({ min: 0, max: 999 }), fc.boolean())
  .map(([second, value, temperature]) =>
    `2026-01-20T${time(second)}.${value}Z;m0:${value};m1:${-value};m10:7${
      temperature ? `;outdoor_temp:${value / 8}` : ""
    }`
  );
const LINE = fc.oneof(
  { weight: 6, arbitrary: PLAIN },
  { weight: 6, arbitrary: ROW },
  { weight: 1, arbitrary: fc.constantFrom("", " \t", "\0", "garbage", "\u00a0") },
);
const FILE = fc.tuple(
  fc.boolean(),
  fc.array(fc.tuple(LINE, fc.constantFrom("\n", "\n", "\r\n", "\0\n"), fc.integer({ min: 0, max: 30 })), {
    maxLength: 30,
  }),
  LINE,
).map(([bom, lines, last]) => {
  const bytes: number[] = bom ? [0xef, 0xbb, 0xbf] : [];
  for (const [line, end, spoil] of lines) {
    bytes.push(...utf8(line));
    if (spoil === 0) bytes.push(0xb0);
    bytes.push(...utf8(end));
  }
  return Uint8Array.from([...bytes, ...utf8(last)]);
});

Deno.test("parse equals a slow implementation of kv lines, whatever the bytes", async () => {
  await fc.assert(
    fc.asyncProperty(FILE, fc.boolean(), fc.boolean(), async (bytes, settled, bounded) => {
      const params = { format: "kv", ...(bounded ? { from: "2026-01-20T06:00:00Z" } : {}) };
      const expected = slowly(bytes, settled, bounded ? Date.UTC(2026, 0, 20, 6) * 1000 : -Infinity);
      const result = await parseBytes(bytes, { params, settled, tuning: { batch: 0 } });
      checkAccounts(result);
      for (const [fate, count] of Object.entries(expected.metrics)) {
        assertEquals([fate, result.metrics[fate]], [fate, count]);
      }
      assertEquals(
        result.rejects.map(({ reason, column }) => column === undefined ? reason : "value"),
        expected.reasons,
      );
      assertEquals(result.files, expected.files);
    }),
    { numRuns: 250 },
  );
});

Deno.test("parse gives the same with its quick path off, with tiny buffers, and in a zone", async () => {
  const night = fc.tuple(fc.integer({ min: 0, max: 5 * 3600 }), fc.integer({ min: 0, max: 9 }))
    .map(([second, value]) => `2026-10-25T${time(second)}.5;m0:${value}`);
  const local = fc.array(fc.oneof(night, LINE), { maxLength: 40 }).map((lines) => utf8(lines.join("\n")));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(FILE, local),
      fc.constantFrom("UTC", "Europe/Paris"),
      fc.integer({ min: 1, max: 90 }),
      async (bytes, tz, chunk) => {
        const params = { format: "kv", tz };
        const plain = await parseBytes(bytes, { params, tuning: { batch: 0 } });
        assertEquals(await parseBytes(bytes, { params, tuning: { quick: false } }), plain);
        assertEquals(await parseBytes(bytes, { params, tuning: { batch: Infinity } }), plain);
        assertEquals(await parseBytes(bytes, { params, tuning: { chunk, batch: 0 } }), plain);
        checkAccounts(plain);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("parse accounts for every line of any bytes, or refuses the file", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(fc.constantFrom(...utf8(`2026-01-20T09:07:58Z;,m0:1"\r\n\0\n\n`)), { maxLength: 300 }).map((list) =>
      Uint8Array.from(list)
    ),
  );
  let refused = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom("auto", "kv", "csv"), fc.boolean(), async (bytes, format, settled) => {
      runs++;
      try {
        checkAccounts(await parseBytes(bytes, { params: { format }, settled }));
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('Cannot parse "')) throw error;
        refused++;
      }
    }),
    { numRuns: 300 },
  );
  assert(refused < runs * 0.9, `${refused} of ${runs} refused`);
});
