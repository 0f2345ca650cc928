import { dirname } from "node:path";
import { type FileStat, type FolderFile, sameStat } from "./folder.ts";
import { readFooter } from "./footer.ts";
import { hashFile } from "./hash.ts";
import type { ContentRecord, Ledger } from "./ledger.ts";

/** A file system's clock may tick this coarsely: a change within it can leave the time stamps as they were. */
export const RACY_MS = 2000;

/** Whether a file, looked at in the millisecond `now`, had been left alone long enough for every later change to show. */
export function isCalm({ mtimeMs, ctimeMs }: FileStat, now: number): boolean {
  return now - Math.max(mtimeMs, ctimeMs) > RACY_MS;
}

/** What is known of the files of one folder, by path. */
interface KnownFolder {
  /** What the ledger has of them, once that was asked. */
  recorded?: ReadonlyMap<string, ContentRecord>;
  /** Files published or hashed by this very run, under its locks: no need to doubt them. */
  readonly trusted: Map<string, ContentRecord>;
}

/** The content of a dataset's files, hashed only where a file may have changed since it was last looked at. */
export class Contents {
  readonly #ledger: Ledger;
  readonly #folders = new Map<string, KnownFolder>();
  readonly #reread: boolean;

  /** With `reread`, each file is hashed once even where it looks untouched. */
  constructor(ledger: Ledger, { reread = false }: { readonly reread?: boolean } = {}) {
    this.#ledger = ledger;
    this.#reread = reread;
  }

  /** The content of `file` as it is now. */
  of(file: FolderFile): ContentRecord {
    const { recorded, trusted } = this.#known(dirname(file.path));
    const own = trusted.get(file.path);
    if (own && sameStat(own, file)) return own;
    const known = own ?? recorded?.get(file.path);
    if (known && !own && !this.#reread && sameStat(known, file) && isCalm(known, known.seenMs)) return known;
    // Taken before the file is read: a change behind our back makes the record look old, never fresh.
    const seenMs = Date.now();
    const sha256 = hashFile(file.path, file.size);
    if (known?.sha256 === sha256 && sameStat(known, file) && isCalm(known, known.seenMs)) {
      // To record years of files once more takes long, and would break the seals of all steps.
      trusted.set(file.path, known);
      return known;
    }
    const footer = known?.sha256 === sha256 ? known : readFooter(file.path);
    const record = { ...file, sha256, seenMs, rows: footer?.rows ?? null, distinctTs: footer?.distinctTs ?? null };
    this.put(file.path, record);
    return record;
  }

  /** Records a file that this run has written or hashed itself. */
  put(path: string, record: ContentRecord): void {
    this.#known(dirname(path)).trusted.set(path, record);
    this.#ledger.putContent(path, record);
  }

  /** Lets go of what is known of the files of `folder`: of years of them, it is most of what a plan holds. */
  forget(folder: string): void {
    this.#folders.delete(folder);
  }

  /** Reads all records of `folder` in one query. */
  load(folder: string): void {
    const known = this.#known(folder);
    known.recorded ??= this.#ledger.contents(folder);
  }

  #known(folder: string): KnownFolder {
    let known = this.#folders.get(folder);
    if (!known) this.#folders.set(folder, known = { trusted: new Map() });
    return known;
  }
}
