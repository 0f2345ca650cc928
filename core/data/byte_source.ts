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
  const raw = openPlain(file);
  return /\.gz$/i.test(file.name) && file.size > 0 ? gunzipped(raw, file.name) : raw;
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

function openPlain({ name, path, size }: InputFile): PlainSource {
  const handle = Deno.openSync(path);
  let done = 0;
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
 * `node:zlib` and not `DecompressionStream`: this one reads files made of several members (`cat a.gz b.gz`). Loaded here,
 * because a child without such files starts sooner by a third.
 */
function gunzipped(raw: PlainSource, name: string): ByteSource {
  const gunzip = process.getBuiltinModule("node:zlib").createGunzip({ chunkSize: GZIP_CHUNK });
  const chunks = gunzip[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array(0);
  const feed = () => {
    try {
      for (;;) {
        const chunk = new Uint8Array(GZIP_CHUNK);
        const count = raw.read(chunk);
        if (count === 0) return void gunzip.end();
        if (!gunzip.write(chunk.subarray(0, count))) return void gunzip.once("drain", feed);
      }
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
    close() {
      gunzip.destroy();
      raw.close();
    },
  };
}
