import { MyxError, UsageError } from "../contract/errors.ts";
import type { HttpsUrl } from "../contract/remote_url.ts";
import { describePathProblem } from "../contract/safe_path.ts";
import { LIMITS, megabytes } from "./limits.ts";
import { ownAuthority } from "./own_authority.ts";
import type { Source } from "./source.ts";

const REDIRECTS = 5;
const PARALLEL = 8;

/** A web site from which single files are fetched, each with bounds on size and time, and from this host only. */
export function openHttps({ site }: HttpsUrl): Source {
  return {
    notes: [],
    list: () => undefined,
    async read(paths) {
      const files: (Uint8Array | undefined)[] = [];
      let size = 0;
      for (let at = 0; at < paths.length; at += PARALLEL) {
        const some = await Promise.all(paths.slice(at, at + PARALLEL).map((path) => fetchFile(site, path)));
        files.push(...some);
        for (const file of some) size += file?.length ?? 0;
        // All of them are in memory.
        if (size > LIMITS.treeBytes) {
          throw new UsageError(`Cannot fetch files from ${site}: they are larger than ${megabytes(LIMITS.treeBytes)}`);
        }
      }
      return files;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function fetchFile(site: string, path: string): Promise<Uint8Array | undefined> {
  const problem = describePathProblem(path);
  if (problem !== undefined) throw new UsageError(`Cannot fetch "${path}" from ${site}: it ${problem}`);
  const address = `${site}/${path.split("/").map(encodeURIComponent).join("/")}`;
  const signal = AbortSignal.timeout(LIMITS.seconds * 1000);
  try {
    const response = await follow(address, signal);
    if (response.status === 404 || response.status === 410) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new MyxError(
        `Cannot fetch ${address}: the server answered with ${response.status} ${response.statusText}`.trimEnd(),
      );
    }
    return await readBody(address, response);
  } catch (cause) {
    if (cause instanceof MyxError || cause instanceof Deno.errors.NotCapable) throw cause;
    if (cause instanceof DOMException && cause.name === "TimeoutError") {
      throw new MyxError(`Cannot fetch ${address}: it took longer than ${LIMITS.seconds} s`, { cause });
    }
    const reason = causeOf(cause as Error);
    throw new MyxError(`Cannot fetch ${address}: ${reason}`, {
      ...(/UnknownIssuer/.test(reason) ? { fix: ownAuthority("DENO_CERT") } : {}),
      cause,
    });
  }
}

/** Deno says that fetching failed, and why below that, behind the address. */
function causeOf(error: Error): string {
  const { message } = error.cause instanceof Error ? error.cause : error;
  return message.replace(
    /^error sending request (?:for url|from \S+ for \S+) \(.*?\): (?:client error \(\w+\): )?/,
    "",
  );
}

/** Follows redirects on this host by hand: what another host sends was never asked for. */
async function follow(address: string, signal: AbortSignal): Promise<Response> {
  let at = address;
  for (let count = 0; count <= REDIRECTS; count++) {
    const response = await fetch(at, { redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (next.origin !== new URL(address).origin) {
      throw new UsageError(`Cannot fetch ${address}: the server redirects to another host, ${next.href}`, {
        fix: "If you trust that host, add it by its own URL",
      });
    }
    at = next.href;
  }
  throw new MyxError(`Cannot fetch ${address}: it redirects more than ${REDIRECTS} times`);
}

async function readBody(address: string, response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > LIMITS.fileBytes) {
      throw new UsageError(`Cannot fetch ${address}: it is larger than ${megabytes(LIMITS.fileBytes)}`);
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
