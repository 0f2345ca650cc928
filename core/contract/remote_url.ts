import { UsageError } from "./errors.ts";
import { describePathProblem } from "./safe_path.ts";

/** A treatment or flow in a git repository. */
export interface GitUrl {
  readonly kind: "git";
  /** As `myx.lock` keeps it: without `/run.ts` and trailing slashes. */
  readonly url: string;
  /** What git fetches: an https, ssh or file URL. */
  readonly repository: string;
  /** Branch, tag or commit; absent: the default branch. */
  readonly ref?: string;
  /** Folder of a treatment or file of a flow, from the repository's root; empty: the root. */
  readonly path: string;
  readonly isFlow: boolean;
}

/** A treatment or flow on a web server. */
export interface HttpsUrl {
  readonly kind: "https";
  readonly url: string;
  /** `https://host:port`. */
  readonly site: string;
  /** Folder of a treatment or file of a flow, from the site's root. */
  readonly path: string;
  readonly isFlow: boolean;
}

/** Where a treatment or flow comes from that is not on this machine. */
export type RemoteUrl = GitUrl | HttpsUrl;

const FORMS = '"https://host/folder/" or "git+https://host/repo.git@REF#folder" (also git+ssh, git+file)';
const HOST = /^(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?$/;
const USER = /^[A-Za-z0-9._+-]*$/;
const REF = /^[A-Za-z0-9_][A-Za-z0-9_./@+-]*$/;

/** Whether it has a scheme; one letter and a colon is a drive. */
export function isUrl(ref: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(ref);
}

/** The URL as `myx.lock` keeps it, or why it is none that `add` takes, as the end of "expected ...". */
export function normalUrl(text: string): { readonly url: string } | { readonly expected: string } {
  try {
    return { url: parseRemoteUrl(text).url };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { expected: error.message.replace(/^.*?": expected /s, "") };
  }
}

/**
 * Reads the URL of a treatment or flow.
 *
 * @throws {UsageError} If it has another form, carries a password, or would be an option to git.
 */
export function parseRemoteUrl(text: string): RemoteUrl {
  const refuse = (expected: string): never => {
    throw new UsageError(`Cannot use URL "${withoutPassword(text)}": expected ${expected}`);
  };
  const readable = decodeNonAscii(text) ?? refuse('a path without "." and ".." parts and "%"');
  if (/[\s\p{Cc}\p{Cf}]/u.test(readable)) refuse("a URL without spaces and invisible characters");
  const [, scheme = "", rest = ""] = /^(https|git\+(?:https|ssh|file)):\/\/(.*)$/s.exec(readable) ?? refuse(FORMS);
  const isGit = scheme.startsWith("git+");
  let url: URL;
  try {
    // file: and ssh: are read by other rules than https: in the standard; only the parts are of interest here.
    url = new URL(`${isGit && scheme !== "git+https" ? "ssh" : "https"}://${rest}`);
  } catch {
    return refuse(FORMS);
  }
  if (url.password !== "" || (url.username !== "" && scheme !== "git+ssh")) {
    refuse("no user name or password in it, because myx.lock would keep them; use git+ssh for what is private");
  }
  if (url.hostname.startsWith("-") || url.username.startsWith("-")) refuse("a host that does not start with '-'");
  if (url.search !== "") refuse('no "?" in it');
  if (scheme === "git+file" ? url.host !== "" : url.host === "") refuse(FORMS);
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(rest.replace(/#.*/s, ""))) refuse('a path without "." and ".." parts and "%"');
  // Messages name them in commands to be copied, and ssh hands them to those of the user's settings.
  if (!HOST.test(url.host) || !USER.test(url.username)) refuse("a host and user name of plain letters");
  return isGit ? gitUrl(scheme, url, refuse) : httpsUrl(url, refuse);
}

type Refuse = (expected: string) => never;

/**
 * Writes characters beyond ASCII as they are, which browsers copy as "%C3%BC"; nothing where "%" stands for anything else,
 * as it could hide a slash or dots.
 */
function decodeNonAscii(text: string): string | undefined {
  try {
    const decoded = text.replace(/(?:%[89a-f][0-9a-f])+/gi, decodeURIComponent);
    return decoded.includes("%") ? undefined : decoded;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function gitUrl(scheme: string, url: URL, refuse: Refuse): GitUrl {
  const [, folder = "", ref] = /^([^@]*)(?:@(.*))?$/s.exec(decodeURIComponent(url.pathname))!;
  if (folder.replaceAll("/", "") === "") refuse(FORMS);
  if (ref !== undefined && (!REF.test(ref) || /\.\.|\/\/|\.lock$|[./]$/.test(ref))) {
    refuse(`a branch, tag or commit behind "@", not "${ref}"`);
  }
  const path = pathOf(decodeURIComponent(url.hash.slice(1)), refuse);
  const user = url.username === "" ? "" : `${url.username}@`;
  const place = `${scheme.slice("git+".length)}://${user}${url.host}`;
  // Not decoded: what is sent to a server is ASCII, and git decodes it where it is a folder.
  const repository = `${place}${url.pathname.replace(/@.*/s, "")}`;
  return {
    kind: "git",
    url: `git+${place}${folder}${ref === undefined ? "" : `@${ref}`}${path === "" ? "" : `#${path}`}`,
    repository,
    ...(ref === undefined ? {} : { ref }),
    path,
    isFlow: isFlowPath(path),
  };
}

function httpsUrl(url: URL, refuse: Refuse): HttpsUrl {
  if (url.hash !== "") refuse('no "#" in it; that is for git+https');
  const path = pathOf(decodeURIComponent(url.pathname), refuse);
  const isFlow = isFlowPath(path);
  return {
    kind: "https",
    url: `${url.origin}/${path}${isFlow || path === "" ? "" : "/"}`,
    site: url.origin,
    path,
    isFlow,
  };
}

/** The same place's other file or folder: how a flow names its treatments. */
export function siblingUrl(from: RemoteUrl, path: string): RemoteUrl {
  if (from.kind === "https") return parseRemoteUrl(`${from.site}/${path}`);
  return parseRemoteUrl(`${from.url.replace(/#.*/s, "")}${path === "" ? "" : `#${path}`}`);
}

function pathOf(text: string, refuse: Refuse): string {
  const path = text.replace(/^(?:\.?\/)+|\/+$/g, "").replace(/(?:^|\/)(?:run\.ts|treatment\.json)$/, "");
  const problem = path === "" ? undefined : describePathProblem(path);
  if (problem !== undefined) refuse(`a path inside it, not "${path}", which ${problem}`);
  return path;
}

function isFlowPath(path: string): boolean {
  return path.endsWith(".json");
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@#]*@/, "//***@");
}
