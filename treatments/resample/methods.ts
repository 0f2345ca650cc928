import type { ColumnType } from "myx";
import { mean, meanOfWhole } from "./mean.ts";

/** How the rows that meet in a cell become one value. */
export type Method = "first" | "last" | "mean" | "median" | "min" | "max";

/** Makes one value of the rows `from` to `to` (excluded); `NaN` where all of them are null. */
export type Aggregate = (values: Float64Array, from: number, to: number) => number;

/** The method for a column: as the params say for its domain, else first for whole numbers and mean for floats. */
export function methodOf(given: string | undefined, type: ColumnType): Method {
  if (given === undefined) return type === "int64" ? "first" : "mean";
  return given === "nearest" ? "first" : given as Method;
}

/** The function behind `method`. A mean or median of whole numbers is a whole number, rounded half to even. */
export function aggregateBy(method: Method, type: ColumnType): Aggregate {
  const meanOf = type === "int64" ? meanOfWhole : mean;
  return { first, last, min, max, mean: meanOf, median: medianBy(meanOf) }[method];
}

function first(values: Float64Array, from: number, to: number): number {
  for (let i = from; i < to; i++) if (values[i]! === values[i]!) return values[i]!;
  return NaN;
}

function last(values: Float64Array, from: number, to: number): number {
  for (let i = to - 1; i >= from; i--) if (values[i]! === values[i]!) return values[i]!;
  return NaN;
}

function min(values: Float64Array, from: number, to: number): number {
  let least = NaN;
  for (let i = from; i < to; i++) if (!(values[i]! >= least) && values[i]! === values[i]!) least = values[i]!;
  return least;
}

function max(values: Float64Array, from: number, to: number): number {
  let greatest = NaN;
  for (let i = from; i < to; i++) if (!(values[i]! <= greatest) && values[i]! === values[i]!) greatest = values[i]!;
  return greatest;
}

function medianBy(meanOf: Aggregate): Aggregate {
  let scratch = new Float64Array(64);
  return (values, from, to) => {
    if (scratch.length < to - from) scratch = new Float64Array(2 * (to - from));
    let count = 0;
    for (let i = from; i < to; i++) if (values[i]! === values[i]!) scratch[count++] = values[i]!;
    scratch.subarray(0, count).sort();
    const half = count >> 1;
    return count & 1 ? scratch[half]! : meanOf(scratch, Math.max(0, half - 1), half ? half + 1 : 0);
  };
}
