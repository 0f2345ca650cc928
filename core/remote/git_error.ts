import { MyxError } from "../contract/errors.ts";
import type { GitUrl } from "../contract/remote_url.ts";
import { ownAuthority } from "./own_authority.ts";

/** Makes of git's words an error that says what to do. */
export async function explainFetch(url: GitUrl, wanted: string, stderr: string): Promise<MyxError> {
  const say = (why: string, fix?: string) =>
    new MyxError(`Cannot fetch ${url.url}: ${why}`, fix === undefined ? {} : { fix });
  if (/couldn't find remote ref|not our ref|no such remote ref/i.test(stderr)) {
    if (/^[0-9a-f]{7,39}$/.test(wanted)) {
      return say(`the repository has no branch or tag "${wanted}"`, "Give all 40 digits of a commit");
    }
    return say(`the repository has no "${wanted}"`, "Give a branch, a tag, or all 40 digits of a commit");
  }
  const status = /returned error: (\d{3})/.exec(stderr)?.[1];
  if (status?.startsWith("3")) {
    const target = await redirectOf(url);
    return say(
      `the server redirects to ${target ?? "another place"}, and redirects of git are not followed`,
      target === undefined ? undefined : "If you trust that place, add it by its own URL",
    );
  }
  if (/repository '.*' not found/i.test(stderr) || status === "404") {
    return say("the server has no such repository (404)");
  }
  if (status !== undefined) return say(`the server answered with ${status}`);
  if (/host key verification failed/i.test(stderr)) {
    return /identification has changed/i.test(stderr)
      ? say("the server's host key is not the one that ssh knows", "Ask who runs it; somebody may stand in between")
      : say("ssh does not know the server's host key", `If you trust it, connect to it once: ${sshTo(url)}`);
  }
  if (/could not read Username|Authentication failed|Permission denied/i.test(stderr)) {
    return say("it needs a login", "Private repositories work over git+ssh with a key of your ssh agent");
  }
  if (/dubious ownership/i.test(stderr)) {
    // git's advice is to set safe.directory, and settings of the user's count for nothing here.
    return say(
      "its folder belongs to another user, and git reads no such repository",
      "Clone it (git clone asks you to trust it first) and add the clone, or fetch it over https or ssh",
    );
  }
  // ssh ends its lines as a terminal does.
  const reasons = stderr.replace(/^fatal: /gm, "").split(/\r?\n/).filter((line) => line.trim() && !ADVICE.test(line));
  const fix = /certificate/.test(stderr) ? ownAuthority("GIT_SSL_CAINFO") : undefined;
  return say(reasons.slice(-3).join(" | ") || "git gave no reason", fix);
}

/** What git says below the reason, whatever that is. */
const ADVICE = /^(?:Please make sure you have the .*|and the repository exists\.)$/;

function sshTo({ repository }: GitUrl): string {
  // The brackets of an address of IPv6 are the URL's: ssh takes them for part of a name.
  const [, user = "", address, name = "", port] =
    /^ssh:\/\/([^@/]+@)?(?:\[([^\]]*)\]|([^/:]+))(?::(\d+))?/.exec(repository) ?? [];
  return `ssh ${port === undefined ? "" : `-p ${port} `}${user}${address ?? name}`;
}

async function redirectOf(url: GitUrl): Promise<string | undefined> {
  if (!url.repository.startsWith("https://")) return undefined;
  try {
    const response = await fetch(`${url.repository}/info/refs?service=git-upload-pack`, {
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
    const location = response.headers.get("location");
    return location === null ? undefined : new URL(location, url.repository).href.replace(/\/info\/refs\?.*$/s, "");
  } catch {
    return undefined;
  }
}
