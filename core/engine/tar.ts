/** Tar archives as streams, through tar-stream, whose types are its own business: this is all we use of it. */
import { extract, pack } from "tar-stream";

/** What a tar archive says of one entry. */
export interface TarHeader {
  /** Path with `/`, of any length, in any letters. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink";
  /** Bytes that follow; 0 but for files. */
  readonly size: number;
  readonly mode: number;
  readonly mtime: Date;
  /** What a link points to, as it is written in it. */
  readonly linkname?: string;
}

/** An archive being written. */
export interface TarWriter {
  /** The archive's bytes; to be read while entries are added. */
  readonly bytes: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Adds an entry, as fast as `bytes` are read. `content` has as many bytes as the header says. */
  add(header: TarHeader, content?: Iterable<Uint8Array>): Promise<void>;
  /** Says that there is no more. */
  end(): void;
  /** Gives up: whoever adds an entry is let go. */
  destroy(): void;
}

/** Node's streams as far as we need them. */
interface Sink {
  readonly destroyed: boolean;
  write(chunk: Uint8Array): boolean;
  end(): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
  destroy(error?: unknown): void;
}

/** The last second that the library writes into a header; clocks of loggers go wrong by more. */
const LATEST_S = 2 ** 31 - 1;

/** A header with a time that the library can write, and the true one beside it where that is another. */
function withTime(header: TarHeader): TarHeader & { readonly pax?: Readonly<Record<string, string>> } {
  const seconds = Math.floor(header.mtime.getTime() / 1000);
  if (seconds >= 0 && seconds <= LATEST_S) return header;
  return { ...header, mtime: new Date(0), pax: { mtime: String(seconds) } };
}

/** Starts an archive. */
export function openTar(): TarWriter {
  const packer = pack() as Sink & AsyncIterable<Uint8Array<ArrayBuffer>> & {
    entry(header: TarHeader, done: (error?: Error) => void): Sink;
    finalize(): void;
  };
  return {
    bytes: ReadableStream.from(packer),
    async add(header, content = []) {
      const done = Promise.withResolvers<void>();
      // Nobody waits for it any more where the content fails first.
      done.promise.catch(() => {});
      const sink = packer.entry(withTime(header), (error) => error ? done.reject(error) : done.resolve());
      // Links and folders have no content and no sink.
      if (header.type === "file") {
        for (const chunk of content) await give(sink, chunk);
        sink.end();
      }
      await done.promise;
    },
    end: () => packer.finalize(),
    destroy: () => packer.destroy(),
  };
}

/**
 * Reads the entries of an archive. The content of each must be read to its end before the next is asked for.
 *
 * @throws {Error} If it is no tar archive, or ends too early.
 */
export async function* readTar(
  bytes: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly header: TarHeader; readonly content: AsyncIterable<Uint8Array> }> {
  const unpacker = extract() as Sink & AsyncIterable<AsyncIterable<Uint8Array> & { readonly header: TarHeader }>;
  const feed = async () => {
    try {
      for await (const chunk of bytes) await give(unpacker, chunk);
      unpacker.end();
    } catch (error) {
      unpacker.destroy(error);
    }
  };
  const fed = feed();
  try {
    for await (const entry of unpacker) yield { header: entry.header, content: entry };
  } finally {
    unpacker.destroy();
    await fed;
  }
}

/** Writes a chunk and waits until there is room for the next. */
async function give(sink: Sink, chunk: Uint8Array): Promise<void> {
  if (sink.destroyed) throw new Error("The archive was given up");
  if (sink.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const events = ["drain", "close"];
    const go = () => {
      for (const event of events) sink.off(event, go);
      resolve();
    };
    for (const event of events) sink.on(event, go);
  });
}
