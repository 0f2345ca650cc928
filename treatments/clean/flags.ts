import { type Column, FLAG, flagNameOf, isFlagColumn, ROW_FLAG, worstFlag } from "myx";

/** What clean found per cell, by the name of the data column: codes 0 to 3. */
export type Codes = ReadonlyMap<string, Uint8Array>;

/**
 * The columns of a cleaned table of so many rows with flags behind the data.
 *
 * - `none`: flag columns of the input stay as they are.
 * - `column`: one flag per data column. An incoming 4 to 6 (sensor disconnected, estimated, corrected by hand) is kept,
 *   whatever clean found: who set it knew more.
 * - `row`: the worst of the row's cells, each judged as for `column`, and of a 4 to 6 that came in as the row's flag.
 *
 * Incoming flag columns of the other kind stay as they are.
 */
export function addFlags(
  rows: number,
  columns: readonly Column[],
  codes: Codes,
  mode: "none" | "row" | "column",
): Column[] {
  const data = columns.filter(({ name }) => !isFlagColumn(name));
  const incoming = new Map(columns.filter(({ name }) => isFlagColumn(name)).map((column) => [column.name, column]));
  if (mode === "none") return [...data, ...incoming.values()];
  const cells = data.map((column) => mergeFlags(codes.get(column.name)!, incoming.get(flagNameOf(column.name))));
  const written: Column[] = mode === "column"
    ? data.map(({ name }, i) => ({ name: flagNameOf(name), type: "int64", values: cells[i]! }))
    : [{ name: ROW_FLAG, type: "int64", values: worstOfRows(rows, cells, incoming.get(ROW_FLAG)) }];
  const names = new Set(written.map(({ name }) => name));
  const kept = [...incoming.values()].filter(({ name }) => !names.has(name));
  return mode === "column" ? [...data, ...written, ...kept] : [...data, ...kept, ...written];
}

function mergeFlags(codes: Uint8Array, incoming: Column | undefined): Float64Array {
  const flags = Float64Array.from(codes);
  if (incoming) {
    for (let i = 0; i < flags.length; i++) if (isKept(incoming.values[i]!)) flags[i] = incoming.values[i]!;
  }
  return flags;
}

function worstOfRows(rows: number, cells: readonly Float64Array[], incoming: Column | undefined): Float64Array {
  const worst = new Float64Array(rows);
  if (incoming) {
    for (let i = 0; i < worst.length; i++) if (isKept(incoming.values[i]!)) worst[i] = incoming.values[i]!;
  }
  for (const flags of cells) {
    for (let i = 0; i < flags.length; i++) if (flags[i] !== FLAG.ok) worst[i] = worstFlag(worst[i]!, flags[i]!);
  }
  return worst;
}

/** Whether a flag is one that clean never writes and so must not take away. */
function isKept(flag: number): boolean {
  return flag === FLAG.disconnected || flag === FLAG.estimated || flag === FLAG.corrected;
}
