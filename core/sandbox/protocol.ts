import type { InputFile, Partition } from "../contract/context.ts";
import type { Provenance } from "../data/provenance.ts";

/** One call of a treatment, sent to a child as one JSON line. */
export interface RunJob {
  readonly kind: "run";
  /** URL of the treatment's `run.ts`. */
  readonly entry: string;
  readonly input: string;
  /** The call's own, empty folder below the pool's staging folder. */
  readonly output: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly files: readonly InputFile[];
  readonly partition: Partition;
  readonly provenance: Provenance;
}

/** Joining the parts that several calls wrote under one name. */
export interface MergeJob {
  readonly kind: "merge";
  /** Paths in the order that decides between rows of equal time. */
  readonly parts: readonly string[];
  readonly output: string;
  readonly provenance: Provenance;
}

/** What a child is asked to do. */
export type Job = RunJob | MergeJob;

/** What a child says. Each message stands on a line of its own behind the pool's nonce; other output is noise. */
export type Message =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly type: "done"; readonly metrics: Readonly<Record<string, number>>; readonly warnings: readonly string[] }
  | { readonly type: "error"; readonly message: string; readonly stack?: string };

/** Splits a stream of bytes into lines of text, dropping what exceeds `limit` bytes in one line. */
export async function* readLines(stream: ReadableStream<Uint8Array>, limit = 64 * 2 ** 20): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > limit) rest = "";
    yield* lines;
  }
  if (rest) yield rest;
}
