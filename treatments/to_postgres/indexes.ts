import { type Database, lockFor, quoteName } from "myx";
import { type Schema, tableColumns } from "./tables.ts";

const NAME_BYTES = 63;

/**
 * Makes the indexes asked for, each a list of columns, on every table that has them. Returns those that fit no table.
 */
export async function makeIndexes(
  db: Database,
  schema: Schema,
  targets: readonly string[],
  indexes: readonly string[],
): Promise<string[]> {
  const unused = new Set(indexes);
  for (const target of targets) {
    const there = await tableColumns(db, schema.sql(target));
    for (const index of indexes) {
      const columns = index.split(",").map((column) => column.trim());
      if (!columns.every((column) => there.has(column))) continue;
      unused.delete(index);
      const name = indexName(target, columns);
      const list = columns.map((column) => quoteName(column)).join(", ");
      await db.transaction(async (db) => {
        await lockFor(db, `table ${schema.sql(target)}`);
        await db.query(`create index if not exists ${quoteName(name)} on ${schema.sql(target)} (${list})`);
      });
    }
  }
  return [...unused];
}

/** The same for the same columns, and short enough: a long one ends in a number made of all of it. */
function indexName(target: string, columns: readonly string[]): string {
  const name = `${target}_${columns.join("_")}_idx`;
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= NAME_BYTES) return name;
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const cut = new TextDecoder().decode(bytes.subarray(0, NAME_BYTES - 9)).replace(/\ufffd$/, "");
  return `${cut}_${hash.toString(16).padStart(8, "0")}`;
}
