/** Series of numbers, and files of them, for tests of Parquet files. */
import fc from "fast-check";
import type { WriteColumn } from "../../../core/parquet/write_column.ts";
import { writeFile } from "../../../core/parquet/write_file.ts";

const MAX = 2 ** 53;

/** The bytes of a file. */
export function written(ts: Float64Array, columns: readonly WriteColumn[]): Uint8Array<ArrayBuffer> {
  const time = { name: "ts", type: "int64", values: ts } as const;
  return writeFile(time, columns, { createdBy: "test version 1.0.0", metadata: { key: "välue" } }).slice();
}

/** Lengths where blocks, groups of eight, miniblocks and pages end, and one row more or less. */
export const length = fc.oneof(
  fc.constantFrom(0, 1, 2, 7, 8, 9, 32, 33, 34, 127, 128, 129, 130, 257, 16_383, 16_384, 16_385, 32_770),
  fc.integer({ min: 0, max: 600 }),
);
/** Series as sensors give them, and as nobody does. */
export const series = fc.tuple(
  fc.constantFrom(
    "constant",
    "walk",
    "middle",
    "whole",
    "steps",
    "wide",
    "huge",
    "extremes",
    "few",
    "null",
    "decimals",
    "random",
  ),
  fc.constantFrom(0, 0.01, 0.5, 1),
  fc.integer(),
);
export const times = fc.constantFrom("1 Hz", "jitter", "gaps", "same", "far apart");

export function* randoms(seed: number): Generator<number> {
  for (let state = seed >>> 0;;) yield (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

export function makeSeries([kind, nulls, seed]: readonly [string, number, number], rows: number, whole: boolean) {
  const random = randoms(seed);
  const next = () => random.next().value as number;
  let level = Math.round(1000 * next());
  const make: Record<string, () => number> = {
    constant: () => 7,
    walk: () => level += Math.round(4 * next() - 2),
    steps: () => level += next() < 0.01 ? Math.round(1e6 * next()) : 0,
    middle: () => Math.round((next() - 0.5) * 2 ** (22 + (seed & 7))),
    whole: () => Math.round(5000 * next()),
    wide: () => Math.round((next() - 0.5) * 2 ** 33),
    huge: () => Math.round((next() - 0.5) * 2 ** 52),
    extremes: () => next() < 0.5 ? MAX : -MAX,
    few: () => [0, -0, 3, 2 ** 40][Math.floor(4 * next())]!,
    null: () => NaN,
    decimals: () => Math.round(1000 * next()) / 100,
    random: () => (next() - 0.5) * 10 ** Math.round(600 * next() - 300),
  };
  return Float64Array.from({ length: rows }, () => {
    const value = make[kind]!();
    return next() < nulls ? NaN : whole ? Math.round(value) % (MAX + 2) + 0 : value;
  });
}

export function makeTimes(kind: string, rows: number): Float64Array {
  const random = randoms(rows);
  let at = 1.7e15;
  const steps: Record<string, () => number> = {
    "1 Hz": () => 1e6,
    jitter: () => Math.round(2e6 * random.next().value!),
    gaps: () => random.next().value! < 0.01 ? 8e10 : 1e6,
    same: () => 0,
    "far apart": () => 4e10,
  };
  return Float64Array.from({ length: rows }, () => at += steps[kind]!());
}

/** Equal in every bit, -0 and 0 apart; any NaN is a null. */
export function sameBits(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
