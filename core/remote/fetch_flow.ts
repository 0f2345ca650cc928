import { dirname, join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import { type Flow, loadFlow } from "../contract/flow.ts";
import type { PinnedFlow } from "../contract/lock_file.ts";
import { sha256 } from "../data/sha256.ts";
import { isUrl, parseRemoteUrl, type RemoteUrl, siblingUrl } from "../contract/remote_url.ts";
import { NAME } from "../contract/schema.ts";
import { atUrl } from "./fetch_treatment.ts";
import type { Source } from "./source.ts";
import { openScratch, type Scratch } from "./store.ts";

/** A flow that was fetched and looked at, but not pinned. */
export interface FetchedFlow extends Disposable {
  readonly flow: Flow;
  /** What `myx.lock` will say of it, but for its treatments and what they reach. */
  readonly pin: PinnedFlow;
  /** Where the treatments that it names by path or URL come from, by what it calls them. */
  readonly treatments: ReadonlyMap<string, RemoteUrl>;
  readonly scratch: Scratch;
}

/**
 * Fetches the flow at `url` out of its opened source.
 *
 * @throws {UsageError} If it is no valid flow.
 */
export async function fetchFlow(projectDir: string, url: RemoteUrl, source: Source): Promise<FetchedFlow> {
  const [bytes] = await source.read([url.path]);
  if (bytes === undefined) throw new UsageError(`Cannot use ${url.url}: there is no "${url.path}" (404)`);
  const scratch = openScratch(projectDir);
  try {
    const file: string = join(scratch.root, url.path);
    Deno.mkdirSync(dirname(file), { recursive: true });
    Deno.writeFileSync(file, bytes, { mode: 0o444 });
    const flow = loadFlow(file);
    const pin: PinnedFlow = {
      url: url.url,
      ...(source.commit === undefined ? {} : { commit: source.commit }),
      path: url.path,
      permissions: { net: [], env: [] },
      treatments: {},
      files: { [url.path]: sha256(bytes) },
    };
    return {
      flow,
      pin,
      treatments: treatmentUrls(flow, url),
      scratch,
      [Symbol.dispose]: () => scratch[Symbol.dispose](),
    };
  } catch (error) {
    scratch[Symbol.dispose]();
    throw error instanceof UsageError ? atUrl(error, scratch.root, url) : error;
  }
}

function treatmentUrls(flow: Flow, url: RemoteUrl): Map<string, RemoteUrl> {
  const urls = new Map<string, RemoteUrl>();
  for (const { treatment: ref } of flow.steps) {
    if (NAME.test(ref)) continue; // One of the project's or a built-in one.
    urls.set(ref, isUrl(ref) ? parseRemoteUrl(ref) : siblingUrl(url, pathFrom(url, ref)));
  }
  return urls;
}

/** A path as the flow has it, from its own file, as one from the root of its repository or site. */
function pathFrom(url: RemoteUrl, ref: string): string {
  const parts = url.path.split("/").slice(0, -1);
  const refuse = () => {
    throw new UsageError(
      `Cannot use ${url.url}: it names the treatment "${ref}", which lies outside its repository or site`,
    );
  };
  if (ref.startsWith("/") || ref.includes("\\")) refuse();
  for (const part of ref.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) refuse();
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
