/** The kernel that reads lines in batches agrees with its twin, which reads them one by one. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readDomains } from "../../../core/raw/domains.ts";
import { createKeys } from "../../../core/raw/keys.ts";
import { createKvReader } from "../../../core/raw/kv_reader.ts";
import { rowOf } from "../../../core/raw/row.ts";

const DOMAINS = readDomains({
  bio: { prefix: "m", dtype: "int" },
  air: { columns: ["t", "a_name_of_16_byt", "a_name_of_16_bytes"], dtype: "float" },
}, "ts");
const KEYS = ["m0", "m17", "t", "a_name_of_16_byt", "a_name_of_16_bytes", "other"];
const DAY = Date.UTC(2026, 0, 20) * 1000;

/** Few digits and many: eight bytes are read at once. */
const DIGITS = fc.oneof(fc.nat(3), fc.nat(9), fc.nat(17))
  .chain((length) => fc.array(fc.constantFrom(..."0123456789"), { minLength: length, maxLength: length }))
  .map((digits) => digits.join(""));
const FRACTION = fc.oneof(fc.constantFrom("", "."), DIGITS.map((digits) => `.${digits}`));
const NUMBER = fc.tuple(fc.constantFrom("", "", "", "-", "+"), DIGITS, FRACTION).map((parts) => parts.join(""));
/** Characters on either side of the digits, and those that carry when a number is added to eight bytes at once. */
const ODD = fc.constantFrom("", "", "", ..."./:,;eE -\0\t\u007f", ..."\u0080\u008a\u00b0\u00ff");
const VALUE = fc.tuple(
  fc.constantFrom("", "", "", "", " ", "\t"),
  NUMBER,
  fc.oneof({ weight: 6, arbitrary: fc.constant("") }, {
    weight: 1,
    arbitrary: fc.tuple(ODD, DIGITS).map((parts) => parts.join("")),
  }),
).map((parts) => parts.join(""));
const TIME = fc.tuple(
  fc.constantFrom("T", "T", "T", " ", "_"),
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("00:00:00", "09:07:58", "23:59:59") },
    {
      weight: 1,
      arbitrary: fc.constantFrom("24:00:00", "09:60:00", "09:07:60", "9:07:58", "09;07:58", "09:07;58", "09:07:5"),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.nat(7), ODD).map(([at, odd]) =>
        `${"09:07:58".slice(0, at)}${odd}${"09:07:58".slice(at + 1)}`
      ),
    },
  ),
  fc.oneof(FRACTION, DIGITS.map((digits) => `,${digits}`)),
  fc.oneof({ weight: 6, arbitrary: fc.constant("Z") }, {
    weight: 1,
    arbitrary: fc.constantFrom("", "+01:00", "-0130", "x"),
  }),
).map((parts) => parts.join(""));
const LINE = fc.tuple(
  TIME,
  fc.subarray(KEYS),
  fc.array(VALUE, { minLength: KEYS.length, maxLength: KEYS.length }),
  fc.oneof({ weight: 4, arbitrary: fc.constant(";") }, { weight: 1, arbitrary: fc.constantFrom(";;", "; ", " ;", "") }),
  fc.constantFrom("\n", "\n", "\n", "\r\n", "\r", " \n", ";\n"),
).map(([time, keys, values, mark, end]) =>
  `2026-01-20${time}${keys.map((key, i) => `${mark}${key}:${values[i]}`).join("")}${end}\n`
);

Deno.test("readLines() takes the lines that the loop over bytes takes, and finds the same", () => {
  fc.assert(
    fc.property(LINE, (line) => {
      const keys = createKeys(DOMAINS);
      const row = rowOf(keys);
      const stamps = { comma: true, clock: undefined };
      const reader = createKvReader(row, keys, ";", { stamps, domains: DOMAINS.length, longest: 1000, least: 0 });
      reader.readText(`2026-01-20T00:00:00Z${KEYS.map((key) => `;${key}:1`).join("")}`);
      // Latin-1, as every byte is to be had.
      const bytes = Uint8Array.from(line + "\0".repeat(16), (c) => c.charCodeAt(0));
      const limit = line.indexOf("\n") + 1;
      const stop = reader.readBytes(bytes, new DataView(bytes.buffer), 0);
      const slots = row.slots.slice(0, row.count);
      const known = slots.some((slot) => keys.domains[slot]! >= 0);
      const next = reader.batches!.read(bytes, 0, limit, DAY, DAY + 86400e6);
      const fits = stop > 0 && known && row.ts >= DAY && row.ts < DAY + 86400e6;
      // Exponents and more digits than a double holds are left to the loop.
      const rare = next === 0 && /;.*(?:[\d.]{16}|[\d.]e)/i.test(line);
      assertEquals(next, fits && !rare ? stop : 0);
      if (next === 0) return;
      const { lines, times, columns } = reader.batches!.batch();
      assertEquals(lines, 1);
      assertEquals(columns.map(({ slot }) => slot), [...slots]);
      for (const [domain, ts] of times.entries()) {
        assertEquals([...ts], slots.some((slot) => keys.domains[slot] === domain) ? [row.ts] : []);
      }
      for (const [i, { slot, values }] of columns.entries()) {
        assertEquals(values && [...values], keys.domains[slot]! < 0 ? undefined : [row.cells[i]!]);
      }
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("readLines() takes lines whose keys are of any letters, and of none", () => {
  const keys = createKeys(readDomains({ air: { columns: ["température"], dtype: "float" } }, "ts"));
  const options = { stamps: { comma: true, clock: undefined }, domains: 1, longest: 1000, least: 0 };
  const reader = createKvReader(rowOf(keys), keys, ";", options);
  const line = "2026-01-20T00:00:00Z;température:18.5;水位 (m):3;:4;\x01a\rb:5";
  reader.readText(line);
  const bytes = new TextEncoder().encode(`${line}\n${line.replace("18.5", "19")}\n${"\0".repeat(16)}`);
  assertEquals(reader.readBytes(bytes, new DataView(bytes.buffer), 0), (bytes.length - 16 + 2) / 2);
  assertEquals(reader.batches!.read(bytes, 0, bytes.length - 16, -Infinity, Infinity), bytes.length - 16);
  const { columns } = reader.batches!.batch();
  assertEquals(columns.map(({ slot, count }) => [keys.names[slot], count]), [
    ["température", 2],
    ["水位 (m)", 2],
    ["", 2],
    ["\x01a\rb", 2],
  ]);
  assertEquals([...columns[0]!.values!], [18.5, 19]);
});

/** Reads lines of one key in batches; the time of each line taken. */
function timesOf(lines: readonly string[], low = -Infinity, high = Infinity): number[] {
  const keys = createKeys(DOMAINS);
  const options = { stamps: { comma: true, clock: undefined }, domains: DOMAINS.length, longest: 1000, least: 0 };
  const reader = createKvReader(rowOf(keys), keys, ";", options);
  reader.readText("2026-01-20T00:00:00Z;m0:1");
  const batches = reader.batches!;
  const bytes = new TextEncoder().encode(lines.map((line) => `${line};m0:1\n`).join(""));
  const found: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const next = batches.read(bytes, at, bytes.length, low, high);
    if (next === at) break;
    const times = [...batches.batch().times[0]!];
    assertEquals([batches.first, batches.last], [Math.min(...times), Math.max(...times)]);
    found.push(...times);
    at = next;
  }
  return found;
}

Deno.test("readLines() knows the calendar of all years but those at the edge", () => {
  const days = Array.from({ length: 366 * 228 }, (_, i) => Date.UTC(1971, 0, 1 + i)).filter((ms) =>
    ms < Date.UTC(2199)
  );
  const stamps = days.map((ms) => `${new Date(ms).toISOString().slice(0, 10)}T23:59:59.999999Z`);
  assertEquals(timesOf(stamps), days.map((ms) => ms * 1000 + 86400e6 - 1));
  // The same day of another month, and then of another year.
  const dates = ["2026-01-20", "2026-02-20", "2027-02-20"];
  assertEquals(timesOf(dates.map((date) => `${date}T00:00:00Z`)), dates.map((date) => Date.parse(date) * 1000));
  const none = ["2026-02-29", "2100-02-29", "2028-02-30", "2026-04-31", "2026-06-31", "2026-09-31", "2026-11-31"];
  none.push(
    "2026-01-32",
    "2026-12-32",
    "2026-01-00",
    "2026-00-10",
    "2026-13-10",
    "2026-1-010",
    "1970-12-31",
    "2199-01-01",
  );
  none.push("2026_01-20", "2026-01_20", "2x26-01-20", "20x6-01-20", "2026-x1-20", "2026-01-2x");
  for (const date of none) assertEquals(timesOf([`${date}T00:00:00Z`]), [], date);
});

Deno.test("readLines() takes a first time that is kept and none that is the first behind, and offsets below a day", () => {
  const stamps = ["2026-01-20T00:00:00z", "2026-01-20T23:59:59.999999Z", "2026-01-21T00:00:00Z"];
  assertEquals(timesOf(stamps, DAY, DAY + 86400e6), [DAY, DAY + 86400e6 - 1]);
  assertEquals(timesOf([stamps[0]!], DAY + 1), []);
  assertEquals(timesOf(["2026-01-20T00:00:00+23:59", "2026-01-20T00:00:00-2359"]), [DAY - 86340e6, DAY + 86340e6]);
  for (const offset of ["+24:00", "-00:60", "+1:00", "+01:0"]) {
    assertEquals(timesOf([`2026-01-20T00:00:00${offset}`]), []);
  }
});
