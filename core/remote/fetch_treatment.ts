import { join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import type { PinnedTreatment } from "../contract/lock_file.ts";
import type { RemoteUrl } from "../contract/remote_url.ts";
import { loadTreatment, type Treatment } from "../contract/treatment.ts";
import { collectTree } from "./collect_tree.ts";
import { pinNpm } from "./npm.ts";
import type { Source } from "./source.ts";
import { openScratch, type Scratch } from "./store.ts";

/** A treatment that was fetched and looked at, but neither granted anything nor pinned. */
export interface FetchedTreatment extends Disposable {
  readonly treatment: Treatment;
  /** What `myx.lock` will say of it if all that it asks for is granted. */
  readonly pin: PinnedTreatment;
  /** Which of its files are not what they seem, for people. */
  readonly notes: readonly string[];
  readonly scratch: Scratch;
}

/**
 * Fetches the treatment at `url` out of its opened source.
 *
 * @throws {UsageError} If it is no valid treatment, or imports what it may not.
 */
export async function fetchTreatment(
  projectDir: string,
  url: RemoteUrl,
  source: Source,
): Promise<FetchedTreatment> {
  const scratch = openScratch(projectDir);
  try {
    const { files, npm, notes } = await collectTree(source, url.path, scratch.root, url.url);
    const codeDir = Deno.realPathSync(scratch.root);
    const treatment = loadTreatment(join(codeDir, url.path), url.kind, { codeDir });
    const pin: PinnedTreatment = {
      url: url.url,
      ...(source.commit === undefined ? {} : { commit: source.commit }),
      path: url.path,
      version: treatment.version,
      permissions: treatment.permissions,
      ...(npm.length === 0 ? {} : { npm: await pinNpm(npm, scratch.dir) }),
      files,
    };
    return { treatment, pin, notes, scratch, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
  } catch (error) {
    const root = Deno.realPathSync(scratch.root);
    scratch[Symbol.dispose]();
    throw error instanceof UsageError ? atUrl(error, root, url) : error;
  }
}

/** Errors name files where they lie for a moment; people know them by where they come from. */
export function atUrl(error: UsageError, root: string, url: RemoteUrl): UsageError {
  return new UsageError(error.message.replaceAll(`${root}/`, ""), {
    fix: error.fix ?? `It comes from ${url.url}`,
    cause: error,
  });
}
