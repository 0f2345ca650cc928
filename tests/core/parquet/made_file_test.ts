/** What the format allows and hardly a writer does, and damage of each kind, in files put together by hand. */
import { assertEquals } from "@std/assert";
import { CODEC, CONVERTED, ENCODING, PAGE, REPETITION, TYPE } from "../../../core/parquet/format.ts";
import { readFile } from "../../../core/parquet/read_file.ts";
import { int64s, type MadeColumn, type MadePage, makeFile } from "./made_file.ts";

/** What is read of a file, or why it is not. */
function outcome(bytes: Uint8Array): number[] | string {
  try {
    return [...readFile(bytes).columns[0]!.values];
  } catch (error) {
    return (error as Error).message;
  }
}

function read(column: Partial<MadeColumn>, ...pages: readonly MadePage[]): number[] | string {
  return outcome(makeFile({ type: TYPE.int64, rows: 2, ...column }, pages));
}

const DAMAGED = 'column "a": it is damaged';
const two = { count: 2, bytes: int64s(7, 9) };
/** Two numbers in a Snappy block of one literal. */
const packed = [16, 15 << 2, ...two.bytes];
const optional = { repetition: REPETITION.optional };
const snappy = { codec: CODEC.snappy };

Deno.test("readFile() reads whole numbers with and without a sign as older and newer writers mark them", () => {
  const bytes = [255, 255, 255, 255, 1, 0, 0, 0];
  for (let converted = CONVERTED.uint8; converted <= CONVERTED.uint64 + 4; converted++) {
    const first = converted > CONVERTED.uint64 ? -1 : 2 ** 32 - 1;
    assertEquals(read({ type: TYPE.int32, converted }, { count: 2, bytes }), [first, 1]);
  }
  assertEquals(read({ type: TYPE.int32, signed: false }, { count: 2, bytes }), [2 ** 32 - 1, 1]);
  assertEquals(read({ type: TYPE.int32, signed: true }, { count: 2, bytes }), [-1, 1]);
  for (const converted of [CONVERTED.decimal, CONVERTED.date, 7, 8]) {
    assertEquals(read({ converted }, two), 'column "a" holds neither numbers nor times');
  }
});

Deno.test("readFile() refuses columns of lists, and columns of other files", () => {
  assertEquals(read({ repetition: REPETITION.repeated }, two), 'column "a" holds neither numbers nor times');
  assertEquals(read({ file: "part-0.parquet" }, two), "its columns lie in other files");
});

Deno.test("readFile() refuses what is encrypted, cut short or no Parquet, in these words", () => {
  const file = makeFile({ type: TYPE.int64, rows: 2 }, [two]);
  const begun = (word: string) => Uint8Array.from([...new TextEncoder().encode(word), ...file.subarray(4)]);
  assertEquals(outcome(begun("PAR1")), [7, 9]);
  assertEquals(outcome(begun("PARE")), "it is encrypted");
  assertEquals(outcome(begun("XAR1")), "it does not begin as one");
  assertEquals(outcome(file.subarray(0, -1)), "it is cut short");
});

Deno.test("readFile() passes over pages of an index, and of no rows", () => {
  const none = { count: 0, bytes: [] };
  assertEquals(read({}, { kind: PAGE.index, count: 0, bytes: [1, 2, 3] }, none, two), [7, 9]);
});

Deno.test("readFile() reads the second version's levels, whatever stands before them and is compressed", () => {
  const page = { ...two, kind: PAGE.dataV2 };
  // No null; one that is repeated; and bytes of repetition levels before them, which tell nothing of flat columns.
  const all = { ...page, bytes: [4, 1, ...two.bytes], levels: 2 };
  const half = { ...page, bytes: [3, 0b10, ...int64s(9)], levels: 2 };
  assertEquals(read(optional, all), [7, 9]);
  assertEquals(read(optional, half), [NaN, 9]);
  assertEquals(read(optional, { ...half, bytes: [8, 8, 8, ...half.bytes], repetition: 3 }), [NaN, 9]);
  assertEquals(read({}, page), [7, 9]);
  const mixed = { ...all, bytes: [4, 1, ...packed], size: 18 };
  assertEquals(read({ ...optional, ...snappy }, mixed), [7, 9]);
  assertEquals(read({ ...optional, ...snappy }, { ...all, packed: false }), [7, 9]);
  for (const damage of [{ levels: 19 }, { levels: -1 }, { repetition: 17 }, { repetition: -1 }, { size: 1 }]) {
    assertEquals(read(optional, { ...all, ...damage }), DAMAGED, JSON.stringify(damage));
  }
});

Deno.test("readFile() reads a dictionary's only entry where its numbers have no bytes", () => {
  const dictionary = (...values: number[]) => ({
    kind: PAGE.dictionary,
    count: values.length,
    bytes: int64s(...values),
  });
  const encoding = ENCODING.rleDictionary;
  assertEquals(read({}, dictionary(5), { count: 2, encoding, bytes: [0] }), [5, 5]);
  assertEquals(read({}, dictionary(5, 6), { count: 2, encoding, bytes: [1, 3, 0b01] }), [6, 5]);
  // Runs of a hundred, whose lengths take two bytes.
  const runs = read({ rows: 200 }, dictionary(5, 6), { count: 200, encoding, bytes: [1, 200, 1, 0, 200, 1, 1] });
  assertEquals(runs, Array.from({ length: 200 }, (_, row) => row < 100 ? 5 : 6));
  // The rest of the chunk did not fit the dictionary.
  const mixed = [dictionary(5), { count: 1, encoding, bytes: [0] }, two] as const;
  assertEquals(read({ rows: 3 }, ...mixed), [5, 7, 9]);
  assertEquals(read({}, dictionary(), { count: 2, encoding, bytes: [0] }), DAMAGED);
  assertEquals(read({}, { count: 2, encoding, bytes: [0] }), DAMAGED);
  assertEquals(read({}, dictionary(5), { count: 2, encoding, bytes: [] }), DAMAGED);
  assertEquals(read({}, dictionary(5, 6), { count: 2, encoding, bytes: [33, 4, 0, 0, 0, 0, 0] }), DAMAGED);
  assertEquals(read({}, { ...dictionary(5), count: 2 }, { count: 2, encoding, bytes: [0] }), DAMAGED);
  assertEquals(read({}, { ...two, encoding: 7 }), 'column "a": its encoding, number 7, is not supported');
});

Deno.test("readFile() tells a number without a sign that is above 2^63 as it is", () => {
  const bytes = [128, 1, 4, 1, 1]; // Blocks of 128, four parts each, one number: -1.
  const column = { converted: CONVERTED.uint64, rows: 1 };
  const words = 'column "a": 18446744073709551615 is above 2^53';
  assertEquals(read(column, { count: 1, encoding: ENCODING.delta, bytes }), words);
  assertEquals(read(column, { count: 1, bytes: int64s(-1) }), words);
});

Deno.test("readFile() cuts nanoseconds to microseconds, of the first days of 1970 and of times before them, too", () => {
  const nanos = [1_700_000_000_123_456_789n, 1999, 999, -1];
  const column = { nanos: true, rows: 4 };
  assertEquals(read(column, { count: 4, bytes: int64s(...nanos) }), [1_700_000_000_123_456, 1, 0, -1]);
});

Deno.test("readFile() refuses differences that are cut short, or of other rows than the page's", () => {
  const delta = (...bytes: number[]) => read({}, { count: 2, encoding: ENCODING.delta, bytes });
  // Blocks of 128, four parts each, of two numbers: 7, and 1 more than at least 1 more, of which the first part tells.
  const numbers = [128, 1, 4, 2, 14, 2, 1, 0, 0, 0, 1, 0, 0, 0];
  assertEquals(delta(...numbers), [7, 9]);
  for (let length = 1; length < numbers.length; length++) assertEquals(delta(...numbers.slice(0, length)), DAMAGED);
  const changes = [[0, 129], [2, 0], [2, 3], [3, 1], [3, 3], [6, 65]] as const;
  for (const [at, byte] of changes) assertEquals(delta(...numbers.with(at, byte)), DAMAGED, `${at}: ${byte}`);
});

Deno.test("readFile() refuses pages that do not hold what they say", () => {
  const faults: readonly (readonly [Partial<MadeColumn>, MadePage])[] = [
    [{}, { ...two, bytes: two.bytes.slice(1) }], // Too few bytes for its numbers,
    [{}, { ...two, encoding: ENCODING.byteStreamSplit, bytes: two.bytes.slice(1) }],
    [{}, { ...two, size: 17 }], // too few for its size,
    [{}, { ...two, size: 15 }], // or too many.
    [{}, { ...two, size: -1 }],
    [{}, { ...two, size: 2 ** 28 + 1 }],
    [{}, { ...two, count: -1 }],
    [{}, { ...two, bare: true }],
    [{ chunkValues: 1 }, two], // More rows than its chunk has.
    [snappy, { ...two, bytes: packed, size: 17 }],
    [snappy, { ...two, bytes: packed, size: 15 }],
    [snappy, { ...two, bytes: [16, 61 << 2, 15], size: 16 }], // A literal whose length is cut short.
    [{ codec: CODEC.gzip }, { ...two, bytes: packed, size: 16 }],
    [optional, { ...two, bytes: [0, 0, 0] }], // No room for the length of the levels,
    [optional, { ...two, bytes: [2, 0, 0, 0, 4] }], // or for them,
    [optional, { ...two, bytes: [2, 0, 0, 0, 2, 1, ...two.bytes] }], // or levels of one row.
  ];
  for (const [column, page] of faults) assertEquals(read(column, page), DAMAGED, JSON.stringify([column, page]));
  assertEquals(read({ chunks: 0 }, two), "it is damaged");
  assertEquals(read({ columns: 2 }, two), "it is damaged");
  const words = 'column "a": its compression, number 5, is not supported; write it with Snappy';
  assertEquals(read({ codec: 5 }, two), words);
});

Deno.test("readFile() refuses LZ4 blocks that reach before their begin or beyond their end", () => {
  const lz4 = (bytes: readonly number[]) => read({ codec: CODEC.lz4Raw }, { count: 2, bytes, size: 16 });
  // Eight literals, and the same eight again.
  const literals = [0x84, ...int64s(7)];
  assertEquals(lz4([...literals, 8, 0]), [7, 7]);
  assertEquals(lz4([0xf0, 1, ...two.bytes]), [7, 9]);
  for (const offset of [0, 9, 255]) assertEquals(lz4([...literals, offset, 0]), DAMAGED, String(offset));
  for (const token of [0x83, 0x85, 0x94]) assertEquals(lz4([token, ...literals.slice(1), 8, 0]), DAMAGED);
  assertEquals(lz4([0xf0, 255]), DAMAGED);
  assertEquals(lz4([0xf0, 2, ...two.bytes]), DAMAGED);
  assertEquals(lz4([0xf0, 1, ...two.bytes.slice(1)]), DAMAGED);
});
