import { type Column, type InputFile, readParquet } from "myx";
import { cellsPerDay, type Grid, groupRows } from "./cells.ts";
import type { Edge } from "./fill.ts";
import type { Aggregate } from "./methods.ts";

/** A column whose first or last gap may reach into other days. */
export interface Search {
  readonly column: Column;
  readonly aggregate: Aggregate;
}

/**
 * Finds, for each column, the nearest cell with a value on the days of `files`: their last ones with side `before`, their
 * first ones with side `after`. Only cells that a gap of `reach` cells touching this day could start or end at count.
 *
 * @param files Halo files, nearest day first; read one at a time, and only while a column still looks for its cell.
 * @throws {TypeError} If a column has another type there.
 */
export function findEdges(
  files: readonly InputFile[],
  searches: readonly Search[],
  grid: Grid,
  { side, reach }: { side: "before" | "after"; reach: number },
): Map<string, Edge> {
  const edges = new Map<string, Edge>();
  for (const file of files) {
    if (edges.size === searches.length) break;
    const table = readParquet(file.path);
    const { numbers, starts } = groupRows(table.ts, grid);
    for (const { column, aggregate } of searches) {
      const there = table.columns.find(({ name }) => name === column.name);
      if (!there || edges.has(column.name)) continue;
      if (there.type !== column.type) {
        throw new TypeError(
          `Cannot fill gaps of column "${column.name}" across midnight: it is ${column.type} on this day and ` +
            `${there.type} in "${file.name}"; compute the step before anew for both days`,
        );
      }
      for (let step = 0; step < numbers.length; step++) {
        const k = side === "before" ? numbers.length - 1 - step : step;
        const cell = numbers[k]!;
        if (Math.max(-cell, cell - cellsPerDay(grid) + 1) > reach) break;
        const value = aggregate(there.values, starts[k]!, starts[k + 1]!);
        if (value !== value) continue;
        edges.set(column.name, { cell, value });
        break;
      }
    }
  }
  return edges;
}
