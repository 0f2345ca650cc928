import { isFlagColumn } from "./naming.ts";
import { readParquet, writeParquet } from "./parquet.ts";
import { type Column, compareNatural, lowerBound, type Table } from "./table.ts";

/**
 * Joins the parts of one file, each sorted by time, into `output`. Rows of equal time keep the order of `paths`, so the
 * result does not depend on how rows were spread over parts. Columns are the union, in natural order, flags
 * last.
 */
export function mergeParts(paths: readonly string[], output: string): void {
  const { ts, columns, timeColumn } = mergeTables(paths.map((path) => readParquet(path)));
  writeParquet(output, {
    ...(timeColumn ? { timeColumn } : {}),
    ts,
    columns: columns.toSorted((a, b) =>
      Number(isFlagColumn(a.name)) - Number(isFlagColumn(b.name)) || compareNatural(a.name, b.name)
    ),
  });
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
  const types = new Map<string, Column["type"]>();
  for (const { name, type } of tables.flatMap(({ columns }) => columns)) {
    const known = types.get(name) ?? type;
    if (known !== type) {
      throw new TypeError(`Cannot join column "${name}": it is ${known} in one part and ${type} in another`);
    }
    types.set(name, type);
  }
  const columns = [...types].map(([name, type]): Column => {
    const parts = tables.map(({ columns }) => columns.find((column) => column.name === name)?.values);
    return { name, type, values: gather(parts, stretches, rows) };
  });
  return { ...tables[0], ts: gather(tables.map(({ ts }) => ts), stretches, rows), columns };
}

/** Mostly a day's file and a few seconds of the one beside it: two long stretches, and hardly any work. */
function cutStretches(times: readonly Float64Array[]): Stretch[] {
  const at = times.map(() => 0);
  const stretches: Stretch[] = [];
  for (;;) {
    let part = -1;
    for (let other = 0; other < times.length; other++) {
      if (at[other]! < times[other]!.length && !(part >= 0 && head(part) <= head(other))) part = other;
    }
    if (part < 0) return stretches;
    const ts = times[part]!;
    const start = at[part]!;
    let end = ts.length;
    for (let other = 0; other < times.length; other++) {
      if (other === part || at[other]! === times[other]!.length) continue;
      // Rows of equal time stand before those of later parts only; whole microseconds have none in between.
      const limit = other > part ? head(other) + 1 : head(other);
      if (ts[end - 1]! >= limit) end = start + lowerBound(ts.subarray(start, end), limit);
    }
    stretches.push({ part, start, end });
    at[part] = end;
  }

  function head(part: number): number {
    return times[part]![at[part]!]!;
  }
}

function gather(parts: readonly (Float64Array | undefined)[], stretches: readonly Stretch[], rows: number) {
  const values = new Float64Array(rows);
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
