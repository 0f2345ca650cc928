import type { InputFile } from "../contract/context.ts";

/** The bytes of a raw file, decompressed where it is `.gz`. */
export interface ByteSource {
  /** Fills the front of `into` and returns how many bytes it put there, 0 at the end. */
  read(into: Uint8Array): number | Promise<number>;
  /** How many bytes of the file itself have been read. */
  consumed(): number;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens a raw file. No more than `file.size` bytes of it are read: it may be growing.
 *
 * @throws {Error} While reading, if the file is shorter than that, or is a damaged `.gz`.
 */
export function openSource(file: InputFile): ByteSource {
  return /\.gz$/i.test(file.name) && file.size > 0 ? unpadded(file) : openPlain(file);
}

/** The bytes of a file that has been read already, all of it. */
export function heldSource(content: Uint8Array, { size }: InputFile): ByteSource {
  let done = 0;
  return {
    read(into) {
      const part = content.subarray(done, done + into.length);
      into.set(part);
      done += part.length;
      return part.length;
    },
    consumed: () => size,
    close: () => {},
  };
}

interface PlainSource extends ByteSource {
  read(into: Uint8Array): number;
}

function openPlain({ name, path, size }: InputFile, from = 0): PlainSource {
  const handle = Deno.openSync(path);
  if (from > 0) handle.seekSync(from, Deno.SeekMode.Start);
  let done = from;
  return {
    read(into) {
      const wanted = Math.min(into.length, size - done);
      if (wanted <= 0) return 0;
      const count = handle.readSync(into.subarray(0, wanted));
      if (!count) throw new Error(`Cannot read "${name}": it shrank while being read; run again`);
      done += count;
      return count;
    },
    consumed: () => done,
    close: () => handle.close(),
  };
}

const GZIP_CHUNK = 1 << 16;

/**
 * The members of a `.gz`, also those behind NULs, which are what a lost power leaves at the end of a file that then goes on:
 * zlib takes the first of them for the end.
 */
function unpadded(file: InputFile): ByteSource {
  let part = gunzipped(openPlain(file), file.name);
  let from = 0;
  return {
    async read(into) {
      for (;;) {
        const count = await part.read(into);
        if (count > 0) return count;
        const end = from + part.taken();
        const next = end < file.size ? behindNuls(file, end) : file.size;
        if (next === file.size) return 0;
        part.close();
        part = gunzipped(openPlain(file, from = next), file.name);
      }
    },
    consumed: () => part.consumed(),
    close: () => part.close(),
  };
}

/** Where the NULs end that stand from `at` on; the size of the file where nothing else follows. */
function behindNuls(file: InputFile, at: number): number {
  const raw = openPlain(file, at);
  try {
    const chunk = new Uint8Array(GZIP_CHUNK);
    for (let count; (count = raw.read(chunk)) > 0; at += count) {
      const other = chunk.subarray(0, count).findIndex((byte) => byte !== 0);
      if (other >= 0) return at + other;
    }
    return at;
  } finally {
    raw.close();
  }
}

interface GzipSource extends ByteSource {
  /** How many bytes its members are, as far as they have been read. */
  taken(): number;
}

/**
 * `node:zlib` and not `DecompressionStream`: this one reads files made of several members (`cat a.gz b.gz`). Loaded here,
 * because a child without such files starts sooner by a third.
 */
function gunzipped(raw: PlainSource, name: string): GzipSource {
  const gunzip = process.getBuiltinModule("node:zlib").createGunzip({ chunkSize: GZIP_CHUNK });
  const chunks = gunzip[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array(0);
  let fed = 0;
  const feed = (error?: Error | null) => {
    if (error) return;
    try {
      const chunk = new Uint8Array(GZIP_CHUNK);
      // Where it has left something it is at its end, and does not bear what stands behind.
      const count = gunzip.bytesWritten < fed ? 0 : raw.read(chunk);
      fed += count;
      if (count === 0) gunzip.end();
      else gunzip.write(chunk.subarray(0, count), feed);
    } catch (error) {
      gunzip.destroy(error as Error);
    }
  };
  feed();
  return {
    async read(into) {
      if (rest.length === 0) {
        const next = await chunks.next().catch((cause: Error) => {
          if (cause.message.startsWith("Cannot read")) throw cause;
          const what = cause.message === "unexpected end of file" ? "it ends in the middle" : "it is damaged";
          throw new Error(`Cannot read "${name}" as gzip: ${what}; copy it again (${cause.message})`, { cause });
        });
        if (next.done) return 0;
        rest = next.value;
      }
      const count = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    consumed: raw.consumed,
    taken: () => gunzip.bytesWritten,
    close() {
      gunzip.destroy();
      raw.close();
    },
  };
}
