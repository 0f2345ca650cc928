import { type ColumnType, nameFault, parseFileName, readParquet } from "myx";
import type { Feed } from "./feed.ts";
import { fileOf, type Inputs } from "./inputs.ts";

/** A column of a file that is loaded. */
export interface LoadedColumn {
  /** Its name in the file. */
  readonly name: string;
  /** Its name in the table, or as a sensor. */
  readonly target: string;
  readonly type: ColumnType;
}

/** Columns that every table has, hidden. */
const SYSTEM_COLUMNS = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/** The time column of every table. */
export const TS = "ts";
/** A row of a table has to fit a page of 8 kB; more columns than this would not, once all are filled. */
const MOST_COLUMNS = 1000;

/** The columns of a file that its feed loads; only the file's head is decoded. */
export function columnsOf(feed: Feed): LoadedColumn[] {
  return readParquet(feed.file.path, { limit: 0 }).columns
    .filter(({ name }) => feed.has(name))
    .map(({ name, type }) => ({ name, target: feed.nameOf(name), type }));
}

/**
 * Refuses columns that would meet in a wide table, or that PostgreSQL cannot name. `recorded` is what the ledger says of
 * the other inputs of the same table, loaded before or by others.
 *
 * @throws {TypeError} Naming both sides.
 */
export function checkColumns(
  table: string,
  columns: ReadonlyMap<Feed, readonly LoadedColumn[]>,
  recorded: readonly Inputs[],
): void {
  const owners = new Map([[TS, { key: "", label: "the time" }]]);
  // By file: of each of years of files all columns are claimed, and nearly always by the series that has them already.
  const claims = (file: string) => {
    const { source, domain } = parseFileName(file) ?? { source: file, domain: "" };
    const key = JSON.stringify([source, domain]);
    return (target: string, name: string) => {
      const owner = owners.get(target);
      if (owner?.key === key) return;
      const label = `column "${name}" of "${file}"`;
      if (!owner) return void owners.set(target, { key, label });
      throw new TypeError(
        `Cannot load ${label} into table "${table}": there "${target}" is ${owner.label}; name {source} or {domain} ` +
          "in table_template, or rename the column",
      );
    };
  };
  for (const [{ file }, list] of columns) {
    const claim = claims(file.name);
    for (const { name, target } of list) {
      checkName(target, `Cannot load column "${name}" of "${file.name}" into table "${table}"`);
      claim(target, name);
    }
  }
  const present = new Set([...columns.keys()].map(({ id }) => id));
  for (const inputs of recorded) {
    for (const [id, input] of Object.entries(inputs)) {
      if (present.has(id)) continue;
      const claim = claims(fileOf(id));
      for (const target of input.columns) claim(target, target);
    }
  }
  if (owners.size > MOST_COLUMNS) {
    throw new TypeError(
      `Cannot load table "${table}": it would have ${owners.size} columns, and PostgreSQL keeps about ${MOST_COLUMNS}; name ` +
        '{device} or {domain} in table_template, select columns with sources, or take "layout": "long"',
    );
  }
}

/** @throws {TypeError} If PostgreSQL has no column `target`, beginning with `what` was to be done. */
function checkName(target: string, what: string): void {
  const fault = nameFault(target);
  if (fault) {
    throw new TypeError(
      `${what} as "${target}": ${fault}; shorten it, or name {device} in table_template, or take "layout": "long"`,
    );
  }
  if (SYSTEM_COLUMNS.includes(target)) {
    throw new TypeError(
      `${what}: PostgreSQL keeps a column "${target}" of its own in every table; rename the column, or take "layout": "long"`,
    );
  }
}
