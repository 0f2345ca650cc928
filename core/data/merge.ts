import { readParquet, writeParquet } from "./parquet.ts";
import { borrowNear, recycle } from "./recycle.ts";
import { type Column, compareColumns, lowerBound, type Table } from "./table.ts";

/** A file that a call left. */
export interface Part {
  readonly path: string;
  /** Its bytes once the call had ended. A child may make it longer through a handle it kept, and nobody reads that. */
  readonly size: number;
}

/**
 * Joins the parts of one file, each sorted by time, into `output`. Rows of equal time keep the order of `files`, so the
 * result does not depend on how rows were spread over parts. Columns are the union, in natural order, flags last; so is
 * what the parts tell successors, where the first of them that says something of a thing is believed.
 */
export function mergeParts(files: readonly Part[], output: string): void {
  const parts = files.map(({ path, size }) => readParquet(path, { near: true, size }));
  const joined = mergeTables(parts);
  recycle(...parts);
  const { ts, columns, timeColumn } = joined;
  writeParquet(output, {
    ...(timeColumn ? { timeColumn } : {}),
    ts,
    meta: parts.reduceRight<Meta>((rest, { meta = {} }) => putOver(rest, meta), {}),
    columns: columns.toSorted((a, b) => compareColumns(a.name, b.name)),
  });
  recycle(joined);
}

type Meta = Readonly<Record<string, unknown>>;

function putOver(low: Meta, high: Meta): Meta {
  const both = Object.entries(high).map(([key, value]) => {
    const below = Object.hasOwn(low, key) ? low[key] : undefined;
    return [key, isMeta(below) && isMeta(value) ? putOver(below, value) : value];
  });
  return { ...low, ...Object.fromEntries(both) };
}

function isMeta(value: unknown): value is Meta {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Rows of one part that follow each other in the result. */
interface Stretch {
  readonly part: number;
  readonly start: number;
  readonly end: number;
}

/** The rows of all tables by time, those of equal time in the order of the tables. A missing column is null. */
function mergeTables(tables: readonly Table[]): Table {
  const stretches = cutStretches(tables.map(({ ts }) => ts));
  const rows = tables.reduce((sum, { ts }) => sum + ts.length, 0);
  const known = new Map<string, { type: Column["type"]; parts: (Float64Array | undefined)[] }>();
  for (const [part, table] of tables.entries()) {
    for (const { name, type, values } of table.columns) {
      let column = known.get(name);
      if (!column) known.set(name, column = { type, parts: tables.map(() => undefined) });
      if (column.type !== type) {
        throw new TypeError(`Cannot join column "${name}": it is ${column.type} in one part and ${type} in another`);
      }
      column.parts[part] = values;
    }
  }
  const columns = [...known].map(([name, { type, parts }]): Column => (
    { name, type, values: gather(parts, stretches, rows) }
  ));
  return { ...tables[0], ts: gather(tables.map(({ ts }) => ts), stretches, rows), columns };
}

/**
 * Mostly a day's file and a few seconds of the one beside it: two long stretches, and hardly any work. Of thousands of
 * parts a heap says which comes next: to ask each of them for every stretch takes seconds.
 */
function cutStretches(times: readonly Float64Array[]): Stretch[] {
  const at = times.map(() => 0);
  // Parts that have rows left. None comes before the one that stands at half its index; a sorted list is such a heap.
  const heap = [...times.keys()].filter((part) => times[part]!.length > 0).sort((a, b) => comesFirst(a, b) ? -1 : 1);
  const stretches: Stretch[] = [];
  while (heap.length > 0) {
    const part = heap[0]!;
    const next = heap.length > 2 && comesFirst(heap[2]!, heap[1]!) ? heap[2]! : heap[1];
    const ts = times[part]!;
    const start = at[part]!;
    let end = ts.length;
    if (next !== undefined) {
      // Rows of equal time stand before those of later parts only; whole microseconds have none in between.
      const limit = next > part ? head(next) + 1 : head(next);
      if (ts[end - 1]! >= limit) end = start + lowerBound(ts.subarray(start, end), limit);
    }
    stretches.push({ part, start, end });
    at[part] = end;
    const moved = end < ts.length ? part : heap.pop()!;
    if (heap.length > 0) sink(moved);
  }
  return stretches;

  function head(part: number): number {
    return times[part]![at[part]!]!;
  }

  function comesFirst(a: number, b: number): boolean {
    return head(a) < head(b) || (head(a) === head(b) && a < b);
  }

  /** Puts a part in the first's place, and down to where it belongs. */
  function sink(part: number): void {
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && comesFirst(heap[child + 1]!, heap[child]!)) child++;
      if (!comesFirst(heap[child]!, part)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = part;
  }
}

function gather(parts: readonly (Float64Array | undefined)[], stretches: readonly Stretch[], rows: number) {
  const values = borrowNear(rows);
  let to = 0;
  for (const { part, start, end } of stretches) {
    const from = parts[part];
    if (!from) values.fill(NaN, to, to + end - start);
    // Of parts that interleave a stretch is a row or two, and a view would cost more than they do.
    else if (end - start < 8) { for (let i = start; i < end; i++) values[to + i - start] = from[i]!; }
    else values.set(from.subarray(start, end), to);
    to += end - start;
  }
  return values;
}
