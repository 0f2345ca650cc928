import type { RemoteUrl } from "../contract/remote_url.ts";
import { openGit } from "./git.ts";
import { openHttps } from "./https.ts";
import type { Source } from "./source.ts";

/** How to open a source. */
export interface OpenOptions {
  /** A folder for files that only this needs. */
  readonly scratch: string;
  readonly commit?: string;
}

/** Opens the repository or site of a URL. */
export async function openSource(url: RemoteUrl, { scratch, commit }: OpenOptions): Promise<Source> {
  if (url.kind === "https") return openHttps(url);
  return await openGit(url, { scratch, ...(commit === undefined ? {} : { commit }) });
}
