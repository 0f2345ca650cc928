import { type FileStat, type FolderFile, sameStat } from "./folder.ts";
import { readFooter } from "./footer.ts";
import { hashFile } from "./hash.ts";
import type { ContentRecord, Ledger } from "./ledger.ts";

/** A file system's clock may tick this coarsely: a change within it can leave the time stamps as they were. */
const RACY_MS = 2000;

/** Whether a file, looked at in the millisecond `now`, had been left alone long enough for every later change to show. */
export function isCalm({ mtimeMs, ctimeMs }: FileStat, now: number): boolean {
  return now - Math.max(mtimeMs, ctimeMs) > RACY_MS;
}

/** The content of a dataset's files, hashed only where a file may have changed since it was last looked at. */
export class Contents {
  readonly #ledger: Ledger;
  readonly #records = new Map<string, ContentRecord>();
  readonly #loaded = new Set<string>();
  /** Files published or hashed by this very run, under its locks: no need to doubt them. */
  readonly #trusted = new Set<string>();

  readonly #reread: boolean;

  /** With `reread`, each file is hashed once even where it looks untouched. */
  constructor(ledger: Ledger, { reread = false }: { readonly reread?: boolean } = {}) {
    this.#ledger = ledger;
    this.#reread = reread;
  }

  /** The content of `file` as it is now. */
  of(file: FolderFile): ContentRecord {
    const known = this.#records.get(file.path);
    if (known && sameStat(known, file)) {
      if (this.#trusted.has(file.path)) return known;
      if (!this.#reread && isCalm(known, known.seenMs)) return known;
    }
    // Taken before the file is read: a change behind our back makes the record look old, never fresh.
    const seenMs = Date.now();
    const sha256 = hashFile(file.path, file.size);
    const footer = known?.sha256 === sha256 ? known : readFooter(file.path);
    const record = { ...file, sha256, seenMs, rows: footer?.rows ?? null, distinctTs: footer?.distinctTs ?? null };
    this.put(file.path, record);
    return record;
  }

  /** Records a file that this run has written or hashed itself. */
  put(path: string, record: ContentRecord): void {
    this.#records.set(path, record);
    this.#trusted.add(path);
    this.#ledger.putContent(path, record);
  }

  /** Lets go of what is known of the files of `folder`: of years of them, it is most of what a plan holds. */
  forget(folder: string): void {
    this.#loaded.delete(folder);
    for (const path of this.#records.keys()) {
      if (path.lastIndexOf("/") !== folder.length || !path.startsWith(folder)) continue;
      this.#records.delete(path);
      this.#trusted.delete(path);
    }
  }

  /** Reads all records of `folder` in one query. */
  load(folder: string): void {
    if (this.#loaded.has(folder)) return;
    this.#loaded.add(folder);
    for (const [path, record] of this.#ledger.contents(folder)) {
      if (!this.#trusted.has(path)) this.#records.set(path, record);
    }
  }
}
