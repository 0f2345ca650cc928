import { MyxError, UsageError } from "../contract/errors.ts";
import { compareNames } from "../data/naming.ts";
import { beginSha256 } from "../data/sha256.ts";
import { guarded } from "../sandbox/guards.ts";
import { explainReading } from "./disk_error.ts";

const CHUNK = 2 ** 20;
const buffer = new Uint8Array(CHUNK);

/**
 * SHA-256 of the first `size` bytes of a file, in hex. Each chunk is also given to `onChunk`, so that a copy can be made
 * in the same pass.
 *
 * @throws {MyxError} If the file is shorter, or the disk does not give it back.
 */
export function hashFile(path: string, size: number, onChunk?: (chunk: Uint8Array) => void): string {
  const hash = beginSha256();
  using file = openToRead(path);
  let at = 0;
  while (at < size) {
    const read = readSome(file, buffer.subarray(0, Math.min(CHUNK, size - at)), path);
    if (read === null) {
      throw new MyxError(`Cannot read "${path}": it ended after ${at} of ${size} bytes`, {
        fix: "The file shrank while it was read; run again",
      });
    }
    const chunk = buffer.subarray(0, read);
    hash.update(chunk);
    onChunk?.(chunk);
    at += read;
  }
  return hash.digest("hex");
}

/** Opens a file; where that cannot be, it is told in words for people. */
export function openToRead(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (error) {
    throw explainReading(error, `"${path}"`);
  }
}

/** Reads from it; the system does not say which file it cannot read once that is open. */
export function readSome(file: Deno.FsFile, bytes: Uint8Array, path: string): number | null {
  try {
    return file.readSync(bytes);
  } catch (error) {
    throw explainReading(error, `"${path}"`);
  }
}

/**
 * Reads all files below `folder`, in order of their names: what a treatment's code is. It is held until its hash is asked
 * for, as far as it is as short as code is.
 *
 * @returns What gives the SHA-256 over their names and bytes.
 * @throws {UsageError} If there is a link among them.
 */
export function readCode(folder: string): () => string {
  let held: (string | Uint8Array)[] = [];
  let size = 0;
  let hash: ReturnType<typeof beginSha256> | undefined;
  const digest = () => {
    hash ??= beginSha256();
    for (const part of held) hash.update(part);
    held = [];
    return hash;
  };
  const walk = (path: string, label: string) => {
    const entries = [...Deno.readDirSync(path)].sort((a, b) => compareNames(a.name, b.name));
    for (const entry of entries) {
      const [inner, name] = [`${path}/${entry.name}`, `${label}${entry.name}`];
      if (entry.isDirectory) walk(inner, `${name}/`);
      else if (!entry.isFile && guarded("links")) {
        throw new UsageError(`Cannot use the treatment in "${folder}": "${name}" is a link or a device`, {
          fix: "Put a copy of the file there instead: what a link points to could change unnoticed",
        });
      } else {
        const bytes = Deno.readFileSync(inner);
        held.push(`${name}\0${bytes.length}\0`, bytes);
        size += bytes.length;
        if (size > CHUNK) digest();
      }
    }
  };
  walk(folder, "");
  let hex: string | undefined;
  return () => hex ??= digest().digest("hex");
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) =>
      part && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareNames(a, b)))
        : part,
  );
}
