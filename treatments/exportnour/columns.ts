import { formatDecimals, formatInt, formatShortest, type NumberFormat } from "myx";

/** One column of the CSV. */
export interface ExportColumn {
  /** Name in the Parquet files. */
  readonly source: string;
  /** Name in the CSV. */
  readonly name: string;
  readonly format: NumberFormat;
}

/** Name of the first column. */
export const TIME = "Time";

/**
 * Reads the param `columns`.
 *
 * @throws {TypeError} Naming the place in the params, if a column is not understood or two get one name.
 */
export function parseColumns(columns: Readonly<Record<string, unknown>>): ExportColumn[] {
  const taken = new Map([[TIME, "the time"]]);
  return Object.entries(columns).map(([source, spec]) => {
    const at = `columns[${JSON.stringify(source)}]`;
    const { name, dtype, decimals } = typeof spec === "string" ? { name: spec } : asObject(spec, at);
    if (typeof name !== "string" || name === "") throw new TypeError(`Cannot use ${at}: it has no name for the CSV`);
    if (taken.has(name)) throw new TypeError(`Cannot use ${at}: "${name}" is already the name of ${taken.get(name)}`);
    taken.set(name, `"${source}"`);
    return { source, name, format: formatOf(dtype, decimals, at) };
  });
}

function asObject(spec: unknown, at: string): Record<string, unknown> {
  const known = ["name", "dtype", "decimals"];
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw new TypeError(
      `Cannot use ${at}: found ${JSON.stringify(spec)}, expected a name or {"name", "dtype", "decimals"}`,
    );
  }
  const unknown = Object.keys(spec).find((key) => !known.includes(key));
  if (unknown) throw new TypeError(`Cannot use ${at}.${unknown}: expected one of ${known.join(", ")}`);
  return { ...spec };
}

function formatOf(dtype: unknown, decimals: unknown, at: string): NumberFormat {
  if (dtype != null && dtype !== "int" && dtype !== "float") {
    throw new TypeError(`Cannot use ${at}.dtype: found ${JSON.stringify(dtype)}, expected "int" or "float"`);
  }
  if (decimals == null) return dtype === "int" ? formatInt : formatShortest;
  if (!Number.isInteger(decimals) || (decimals as number) < 0 || (decimals as number) > 20) {
    throw new TypeError(
      `Cannot use ${at}.decimals: found ${JSON.stringify(decimals)}, expected a whole number from 0 to 20`,
    );
  }
  if (dtype === "int" && decimals !== 0) {
    throw new TypeError(`Cannot use ${at}: "dtype": "int" has no decimals; leave one of the two out`);
  }
  return formatDecimals(decimals as number);
}
