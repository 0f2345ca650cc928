import { MyxError } from "../contract/errors.ts";
import { beginSha256 } from "../data/sha256.ts";
import { pacer } from "./parallel.ts";
import { readTar, type TarHeader } from "./tar.ts";

/** What an archive should hold under a path. */
export interface Held {
  readonly kind: "folder" | "file" | "link";
  readonly size: number;
  readonly target?: string;
  /** Content of a file; asked for only where all else agrees. */
  sha256(): string;
}

/** To follow and to stop what takes its time. */
export interface Progress {
  readonly signal?: AbortSignal;
  /** Told how many bytes of content were dealt with. */
  readonly onBytes?: (count: number) => void;
}

/** Reading, packing and unpacking wait for nothing: without a rest now and then Ctrl-C is not heard until all is done. */
export const HEAR_EVERY_MS = 50;

const PIECE = 2 ** 13;

const KINDS = { directory: "folder", file: "file", symlink: "link" } as const;

/**
 * The paths of `held` that the archive does not hold so below its folder `name`. What it holds besides does not matter.
 *
 * @throws {MyxError} If it can not be read to its end.
 */
export async function compareArchive(
  archive: string,
  name: string,
  held: ReadonlyMap<string, Held>,
  { signal, onBytes }: Progress = {},
): Promise<string[]> {
  const missing = new Set(held.keys());
  const pace = pacer(HEAR_EVERY_MS);
  try {
    const bytes = ReadableStream.from(readPieces(archive)).pipeThrough(new DecompressionStream("gzip"));
    for await (const { header, content } of readTar(bytes)) {
      const hash = beginSha256();
      let size = 0;
      for await (const chunk of content) {
        await pace();
        signal?.throwIfAborted();
        hash.update(chunk);
        size += chunk.length;
        onBytes?.(chunk.length);
      }
      const path = header.name.replace(/\/$/, "").slice(name.length + 1);
      const wanted = header.name.startsWith(`${name}/`) ? held.get(path) : undefined;
      if (!wanted) continue;
      const sameContent = () => size === wanted.size && hash.digest("hex") === wanted.sha256();
      if (isSame(header, wanted) && (wanted.kind !== "file" || sameContent())) missing.delete(path);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    // It names a file of the dataset, or the archive as what cannot be opened.
    if (cause instanceof MyxError) throw cause;
    throw new MyxError(`Cannot read the archive "${archive}": ${(cause as Error).message}`, {
      fix: "It is cut short or damaged: archive again",
      cause,
    });
  }
  return [...missing];
}

/** Small ones: each is unpacked at once, however much it holds. */
function* readPieces(path: string): Generator<Uint8Array<ArrayBuffer>> {
  using file = openArchive(path);
  for (;;) {
    const piece = new Uint8Array(PIECE);
    const read = file.readSync(piece);
    if (read === null) return;
    yield piece.subarray(0, read);
  }
}

function openArchive(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (cause) {
    const denied = cause instanceof Deno.errors.PermissionDenied;
    if (!denied && !(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new MyxError(
      `Cannot read the archive "${path}": ${denied ? "you have no right to" : "there is no such file"}`,
      {
        fix: "Name another one with --output",
        cause,
      },
    );
  }
}

function isSame({ type, linkname }: TarHeader, { kind, target }: Held): boolean {
  return KINDS[type] === kind && (kind !== "link" || linkname === target);
}
