import { groupRows, parseWindow, type WindowCut, writeSteps } from "myx";

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

/** More windows than there is memory for: a length that cuts a day into as many is a slip of the pen. */
const MOST_WINDOWS = 2 ** 25;

/**
 * Reads the param `windows`.
 *
 * @throws {TypeError} Naming the place in the params, if there is none, or one is named twice or does not divide a day.
 */
export function parseWindows(names: readonly string[]): Window[] {
  if (!names.length) throw new TypeError('Cannot use windows: it is empty; name at least one, such as "60s"');
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

/** Why rows of these ascending times cannot be cut into `windows`, if one of them makes too many. */
export function windowsFault(ts: Float64Array, windows: readonly Window[]): string | undefined {
  if (ts.length === 0) return undefined;
  for (const { name, micros } of windows) {
    const count = Math.floor(ts.at(-1)! / micros) - Math.floor(ts[0]! / micros) + 1;
    if (count > MOST_WINDOWS) return `window "${name}" makes ${count} rows of this day; use a longer one`;
  }
  return undefined;
}

/** Lays windows of each length over ascending times, on common blocks. */
export function layGrids(ts: Float64Array, lengths: readonly number[]): Grid[] {
  let blocks: Grid | undefined;
  return lengths.map((micros) => {
    if (micros % BLOCK_US !== 0) return layGrid(ts, micros);
    blocks ??= layGrid(ts, BLOCK_US);
    return micros === BLOCK_US || ts.length === 0 ? { ...blocks, blocks } : layOnBlocks(blocks, micros);
  });
}

/** Lays windows of `micros`, a multiple of the blocks', over the rows that blocks hold. */
function layOnBlocks(blocks: Grid, micros: number): Grid {
  const [begin, count] = [blocks.starts[0]!, blocks.starts.length];
  const first = Math.floor(begin / micros);
  const starts = startsOf(first, Math.floor(blocks.starts[count - 1]! / micros), micros);
  const firstBlocks = new Uint32Array(starts.length + 1);
  const rows = new Uint32Array(starts.length + 1);
  for (let w = 0; w < rows.length; w++) {
    firstBlocks[w] = Math.min(count, Math.max(0, ((first + w) * micros - begin) / BLOCK_US));
    rows[w] = blocks.rows[firstBlocks[w]!]!;
  }
  return { starts, rows, blocks, firstBlocks };
}

/** Lays windows of `micros` over ascending times. As these divide a day, counting from 1970 aligns them to midnight. */
function layGrid(ts: Float64Array, micros: number): Grid {
  if (ts.length === 0) return { starts: new Float64Array(0), rows: new Uint32Array(1) };
  const { numbers, starts: firstRows } = groupRows(ts, { start: 0, freq: micros });
  const first = numbers[0]!;
  const starts = startsOf(first, numbers[numbers.length - 1]!, micros);
  if (numbers.length === starts.length) return { starts, rows: new Uint32Array(firstRows) };
  const rows = new Uint32Array(starts.length + 1);
  for (let w = 0, k = 0; w < rows.length; w++) {
    rows[w] = firstRows[k]!;
    if (numbers[k] === first + w) k++;
  }
  return { starts, rows };
}

/** The starts of windows by their numbers, `last` included. */
function startsOf(first: number, last: number, micros: number): Float64Array {
  const starts = new Float64Array(last - first + 1);
  writeSteps(starts, first, { start: 0, freq: micros });
  return starts;
}
