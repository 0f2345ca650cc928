import { parseWindow, type WindowCut } from "myx";

/** A window length as asked for. */
export interface Window {
  /** As written in the params; file names carry it. */
  readonly name: string;
  /** Length in microseconds. */
  readonly micros: number;
}

/** The windows between the first and the last row of a table, empty ones included. */
export interface Grid extends WindowCut {
  /** Start of each window, microseconds. */
  readonly starts: Float64Array;
}

/**
 * Windows that are a multiple of this are put together from blocks as long as it, whatever other windows are asked for:
 * so a result does not depend on them.
 */
const BLOCK_US = 10e6;

/**
 * Reads the param `windows`.
 *
 * @throws {TypeError} Naming the place in the params, if a window is named twice or does not divide a day.
 */
export function parseWindows(names: readonly string[]): Window[] {
  return names.map((name, i) => {
    if (names.indexOf(name) !== i) {
      throw new TypeError(`Cannot use windows[${i}]: "${name}" is already windows[${names.indexOf(name)}]`);
    }
    try {
      return { name, micros: parseWindow(name) };
    } catch (cause) {
      throw new TypeError(`Cannot use windows[${i}]: ${(cause as Error).message}`, { cause });
    }
  });
}

/** Lays windows of each length over ascending times, on common blocks. */
export function layGrids(ts: Float64Array, lengths: readonly number[]): Grid[] {
  let blocks: Grid | undefined;
  return lengths.map((micros) => {
    const grid = layGrid(ts, micros);
    if (micros === BLOCK_US || micros % BLOCK_US !== 0 || ts.length === 0) return grid;
    blocks ??= layGrid(ts, BLOCK_US);
    const [first, count] = [blocks.starts[0]!, blocks.starts.length];
    const firstBlocks = new Uint32Array(grid.starts.length + 1);
    for (let w = 0; w < firstBlocks.length; w++) {
      firstBlocks[w] = Math.min(count, Math.max(0, (grid.starts[0]! + w * micros - first) / BLOCK_US));
    }
    return { ...grid, blocks, firstBlocks };
  });
}

/** Lays windows of `micros` over ascending times. As `micros` divides a day, counting from 1970 aligns to midnight. */
export function layGrid(ts: Float64Array, micros: number): Grid {
  if (ts.length === 0) return { starts: new Float64Array(0), rows: new Uint32Array(1) };
  const first = Math.floor(ts[0]! / micros);
  const count = Math.floor(ts[ts.length - 1]! / micros) - first + 1;
  const starts = new Float64Array(count);
  const rows = new Uint32Array(count + 1);
  let row = 0;
  for (let w = 0; w < count; w++) {
    starts[w] = (first + w) * micros;
    const end = starts[w]! + micros;
    while (row < ts.length && ts[row]! < end) row++;
    rows[w + 1] = row;
  }
  return { starts, rows };
}
