import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cursor, readNumber } from "../../../core/raw/number_bytes.ts";
import { readFloat, readInt } from "../../../core/raw/number_text.ts";

const WHOLE: [string, number | string][] = [
  ["", NaN],
  ["12", 12],
  ["+6", 6],
  ["-6", -6],
  ["007", 7],
  ["1e2", 100],
  ["1E+2", 100],
  ["12.0", 12],
  ["12.", 12],
  ["1.5e1", 15],
  [".5e1", 5],
  ["10e-1", 1],
  ["0e999999999999", 0],
  ["-0", 0],
  ["0.000", 0],
  ["00000000000000000000012", 12],
  ["12.00000000000000000000000", 12],
  ["9007199254740992", 9007199254740992],
  ["-9007199254740992", -9007199254740992],
  ["9007199254740992.0", 9007199254740992],
  ["9007199254740993", "above 2^53"],
  ["9007199254740992.5", "not a whole number"],
  ["1e16", "above 2^53"],
  ["1e999999999999999999999", "above 2^53"],
  ["1e-999999999999999999999", "not a whole number"],
  ["3.7", "not a whole number"],
  ["1.0000000000000000000001", "not a whole number"],
  ["x", "not a whole number"],
  ["0x1f", "not a whole number"],
  ["1_000", "not a whole number"],
  ["1 2", "not a whole number"],
  [".", "not a whole number"],
  ["-", "not a whole number"],
  ["e5", "not a whole number"],
  ["NaN", "not a whole number"],
  ["١", "not a whole number"],
];

const DECIMALS: [string, number | string][] = [
  ["", NaN],
  ["NaN", NaN],
  ["nan", NaN],
  ["18.94", 18.94],
  ["-18.94", -18.94],
  ["+.5", 0.5],
  ["5.", 5],
  [".00000000000000001", 1e-17],
  ["1e-7", 1e-7],
  ["3.40000009536743", 3.40000009536743],
  ["0.1000000000000000055511151231257827", 0.1],
  ["9007199254740993", 9007199254740992],
  ["1e-999", 0],
  ["-1e-999", -0],
  ["5e-324", 5e-324],
  ["1e999", "overflow"],
  ["1.8e308", "overflow"],
  ["inf", "infinite"],
  ["-Infinity", "infinite"],
  ["1,5", "not a number: decimal comma, expected a point"],
  ["1,5,2", "not a number"],
  ["0x1f", "not a number"],
  ["--1", "not a number"],
  ["NaNs", "not a number"],
];

Deno.test("readInt() takes any decimal notation of a whole number and nothing else", () => {
  assertEquals(readInt("-18,5"), "not a whole number: decimal comma, expected a point");
  for (const [text, expected] of WHOLE) assertEquals([text, readInt(text)], [text, expected]);
});

Deno.test("readFloat() takes decimal notation, correctly rounded, and nothing else", () => {
  for (const [text, expected] of DECIMALS) assert(Object.is(readFloat(text), expected), text);
});

Deno.test("readInt() takes no longer than linear time", () => {
  const zeros = "0".repeat(1_000_000);
  const start = performance.now();
  assertEquals(readInt(`${zeros}1`), 1);
  assertEquals(readInt(`1${zeros}1`), "above 2^53");
  assertEquals(readInt(`${"1".repeat(1_000_000)}x`), "not a whole number");
  assert(performance.now() - start < 2000);
});

/** Reads `text;` from the bytes; `undefined` where the reader leaves it to the text. */
function fromBytes(text: string, whole: boolean): number | undefined {
  const bytes = new TextEncoder().encode(`${text};\n`);
  const value = readNumber(bytes, 0, whole, 59);
  return cursor.at === bytes.length - 2 ? value : undefined;
}

Deno.test("readNumber() gives what the text readers give, or leaves the value to them", () => {
  const digits = fc.stringMatching(/^\d{0,18}$/);
  const number = fc.tuple(
    fc.constantFrom("", "-", "+"),
    digits,
    fc.constantFrom("", "."),
    digits,
    fc.constantFrom("", "", "e3", "E-2"),
  )
    .map((parts) => parts.join(""));
  const text = fc.oneof(
    number,
    fc.double().map(String),
    fc.constantFrom(...[...WHOLE, ...DECIMALS].map(([text]) => text)),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (text, whole) => {
      const bytes = fromBytes(text, whole);
      if (bytes !== undefined) assert(Object.is(bytes, whole ? readInt(text) : readFloat(text)), text);
    }),
    { numRuns: 20_000 },
  );
});

Deno.test("readNumber() reads common numbers itself", () => {
  for (const text of ["0", "12", "-12", "+7", "12.0", "004095"]) assert(fromBytes(text, true) !== undefined, text);
  for (const text of ["18.94", "-0.5", "3.40000009536743", "3.4000000953674316", "1e-7", "NaN"]) {
    assert(fromBytes(text, false) !== undefined, text);
  }
});

Deno.test("readNumber() rounds as Number() does", () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: 0, max: 17 }),
      (value, decimals) => {
        for (const text of [String(value), value.toFixed(decimals)]) {
          const bytes = fromBytes(text, false);
          if (bytes !== undefined) assert(Object.is(bytes, Number(text)), text);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});
