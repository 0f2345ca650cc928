import { backup, DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { explainDisk } from "./disk_error.ts";
import { removeIfThere } from "./folder.ts";
import { type Entry, LEDGER, statEntry } from "./archive_entries.ts";
import { explainOpen } from "./ledger_file.ts";

/** Entries with each ledger as it stood at one moment. */
interface Ledgers extends Disposable {
  readonly entries: readonly Entry[];
  /** Where the bytes of an entry are read. */
  pathOf(entry: Entry): string;
}

/**
 * Copies the ledgers among `entries`, because the file alone lacks what SQLite still keeps beside it. The copies are
 * removed at the end of an `using` block.
 */
export async function copyLedgers(root: string, entries: readonly Entry[]): Promise<Ledgers> {
  const copies = new Map<string, string>();
  const remove = () => {
    for (const copy of copies.values()) removeCopy(`${root}/${copy}`);
  };
  const listed: Entry[] = [];
  try {
    for (const entry of entries) {
      const copy = entry.path.replace(/[^/]*$/, "archive.sqlite");
      // One that is damaged is kept as it is.
      if (!LEDGER.test(entry.path) || !await copyOne(`${root}/${entry.path}`, `${root}/${copy}`)) listed.push(entry);
      else {
        copies.set(entry.path, copy);
        listed.push({ ...entry, size: statEntry(root, copy).size });
      }
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    entries: listed,
    pathOf: ({ path }) => `${root}/${copies.get(path) ?? path}`,
    [Symbol.dispose]: remove,
  };
}

/** Tells whether it could be copied; a damaged one can not. */
async function copyOne(from: string, to: string): Promise<boolean> {
  // A run that was killed may have left one.
  removeCopy(to);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(from, { readOnly: true, timeout: 30_000 });
    await backup(db, to);
    return true;
  } catch (error) {
    removeCopy(to);
    if (/unable to open database/i.test(String(error))) throw explainOpen(error, from);
    if (!/not a database|malformed|corrupt/i.test(String(error))) throw explainDisk(error, `"${dirname(to)}"`);
    return false;
  } finally {
    db?.close();
  }
}

/** Removes a copy, with the journal that SQLite leaves beside one that was not finished. */
function removeCopy(path: string): void {
  for (const suffix of ["", "-journal"]) removeIfThere(path + suffix);
}
