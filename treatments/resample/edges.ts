import { type Column, groupRows, type InputFile, readParquet, timesFault } from "myx";
import { cellsPerDay, type Grid } from "./cells.ts";
import type { Edge } from "./fill.ts";
import type { Aggregate } from "./methods.ts";

/** A column whose first or last gap may reach into the next day. */
export interface Search {
  readonly column: Column;
  readonly aggregate: Aggregate;
}

/**
 * Finds, for each column, the cell with a value that is nearest to the day on its neighbour: the last one there with side
 * `before`, the first one with side `after`. Only cells that a gap of `reach` cells touching the day could start or end
 * at count; as no fill is longer than a day, the days next to it are all that matters.
 *
 * @throws {TypeError} If a column has another type there, or rows do not ascend within the file's day.
 */
export function findEdges(
  file: InputFile | undefined,
  searches: readonly Search[],
  grid: Grid,
  { side, reach }: { side: "before" | "after"; reach: number },
): Map<string, Edge> {
  const edges = new Map<string, Edge>();
  if (!file || searches.length === 0) return edges;
  const table = readParquet(file.path);
  // A row of this day would pass for the nearest of the day beside it.
  const fault = timesFault(table.ts, file.day!);
  if (fault) throw new TypeError(`Cannot fill gaps across midnight from "${file.name}": ${fault}`);
  const { numbers, starts } = groupRows(table.ts, grid);
  for (const { column, aggregate } of searches) {
    const there = table.columns.find(({ name }) => name === column.name);
    if (!there) continue;
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
  return edges;
}
