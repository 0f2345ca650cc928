import type { StagedFile } from "./collect.ts";
import { AT_ONCE, letGo, prepare, type Prepared } from "./publish.ts";

/** Copies that are made ahead, while nobody knows yet whether their files are what is to be published. */
export class Copies implements AsyncDisposable {
  readonly #folder: string;
  /** By the path of the staged file; nothing where it did not work. */
  readonly #made = new Map<string, Promise<Prepared | undefined>>();
  #underway = 0;

  /** @param folder Where the files are to be published. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a copy of a staged file that nobody writes any more, unless the disk is behind with those before. */
  begin(name: string, file: StagedFile): void {
    if (this.#underway >= AT_ONCE) return;
    this.#underway++;
    const copy = prepare(this.#folder, name, file).catch(() => undefined).finally(() => this.#underway--);
    this.#made.set(file.path, copy);
  }

  /** The copy of a staged file, now the taker's to publish or remove; nothing if there is none. */
  async take({ path }: StagedFile): Promise<Prepared | undefined> {
    const copy = this.#made.get(path);
    this.#made.delete(path);
    return await copy;
  }

  /** Removes the copies that nobody took. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const copy of await Promise.all(this.#made.values())) if (copy) letGo(copy.temporary);
  }
}
