import type { InputFile, Partition } from "../contract/context.ts";
import type { Part } from "../data/merge.ts";
import type { Provenance } from "../data/provenance.ts";
import type { Guard } from "./guards.ts";

/** One call of a treatment, sent to a child as one JSON line. */
export interface RunJob {
  readonly kind: "run";
  /** URL of the treatment's `run.ts`. */
  readonly entry: string;
  readonly input: string;
  /** The call's own, empty folder below the pool's staging folder. */
  readonly output: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly files: readonly JobFile[];
  readonly partition: Partition;
  readonly replace: boolean;
  readonly days?: { readonly from?: string; readonly to?: string };
  readonly anew?: boolean;
  readonly strict?: boolean;
  /** The step's output folder, as the ledger calls it. */
  readonly folder?: string;
  /** Path of the folder that the treatment keeps from call to call. */
  readonly state?: string;
  /** Name of the file of rejects, below `_rejects/`; none where the call has several files, each with its own. */
  readonly rejects?: string;
  readonly provenance: Provenance;
}

/**
 * A file of a call, which lies in its input folder: thousands of paths would be most of what is sent. New raw files of a
 * treatment of ours are hashed while it works, which does not ask for the hash.
 */
export type JobFile = Omit<InputFile, "path" | "sha256"> & Partial<Pick<InputFile, "sha256">>;

/** What a call says of what it did. */
export interface Said {
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** What it says of one of several files. */
export interface SaidOfFile extends Said {
  /** The outputs that have rows of it. */
  readonly wrote: readonly string[];
}

/** Joining the parts that several calls wrote under one name. */
export interface MergeJob {
  readonly kind: "merge";
  /** In the order that decides between rows of equal time. */
  readonly parts: readonly Part[];
  readonly output: string;
  /** Name of the file to write. */
  readonly name: string;
  readonly provenance: Provenance;
}

/** Calls on small partitions, made one after the other: each takes less than being sent and heard. */
export interface SeveralJob {
  readonly kind: "several";
  readonly runs: readonly RunCall[];
  /** Holds a folder for each, see `folderOf`. */
  readonly output: string;
}

/** The folder of the call at `index` of several. */
export function folderOf(output: string, index: number): string {
  return `${output}/${index}`;
}

/** What a child is asked to do. */
export type Job = RunJob | MergeJob | SeveralJob;

/** A call of a treatment before the pool has said where its output goes. */
export type RunCall = Omit<RunJob, "output">;

/** A job before the pool has said where its output goes. */
export type Call = RunCall | Omit<MergeJob, "output"> | Omit<SeveralJob, "output">;

/** The first line that a child is sent. */
export interface Hello {
  readonly nonce: string;
  /** URLs of what later calls will run, to be loaded while there is nothing to do. */
  readonly soon: string[];
  /** What the host leaves as it is: what tests take away, and what is not worth its time where the code is ours. */
  readonly removed: readonly Guard[];
}

/** A call's last word, if it went well. */
export interface Done extends Said {
  readonly type: "done";
  /** What it says of each of several files. */
  readonly files?: Readonly<Record<string, SaidOfFile>>;
  /** What each of several calls says, in their order. */
  readonly several?: readonly Said[];
}

/** What a child says. Each message stands on a line of its own behind the child's nonce; other output is noise. */
export type Message =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | Done
  | { readonly type: "error"; readonly message: string; readonly stack?: string };

/** Splits a stream of bytes into lines of text. */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // Joined only once the line is whole: a long line arrives in thousands of pieces.
  let pieces: string[] = [];
  for await (const chunk of stream) {
    const [first = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    pieces.push(first);
    for (const next of more) {
      yield pieces.join("");
      pieces = [next];
    }
  }
  if (pieces.some((piece) => piece !== "")) yield pieces.join("");
}
