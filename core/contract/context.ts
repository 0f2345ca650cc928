/** What a partition's call may read and how it reports; the fourth argument of `run`. */
export interface Context extends Report {
  /** The files this call works on, in name order. Files of the folder that are not listed belong to other calls. */
  readonly files: readonly InputFile[];
  /** Which partition this call computes. */
  readonly partition: Partition;
  /** Results whose inputs are gone are to go, too: the run was asked to make outputs exactly as the inputs say. */
  readonly replace: boolean;
  /** The UTC days that the run was asked for, both included, where not all are: what goes under `replace` is of these. */
  readonly days?: { readonly from?: string; readonly to?: string };
  /** What was made before counts for nothing: the run was asked to start from empty, which means `replace`, too. */
  readonly anew?: boolean;
  /** Whether a single reject fails the call: what is not written into the output folder must stay as it was, then. */
  readonly strict?: boolean;
  /** The output folder below the dataset, which tells steps apart: what is written goes into the folder that `run` is given. */
  readonly folder?: string;
  /** A folder that this treatment keeps from call to call, readable and writable; only where `permissions.state` names it. */
  readonly state?: string;
  /** To hand on to what takes a signal. An interrupted call does not see it abort: its process is ended at once. */
  readonly signal: AbortSignal;
  /** Tells how far the call is; shown as a progress bar. */
  progress(done: number, total: number): void;
  /** Where a call was given several files (`pack` in treatment.json): what is to be said of each goes here. */
  about?(file: InputFile): FileReport;
}

/** How a call tells what it found. */
export interface Report {
  /** Adds `value` to a counter of the run's summary. Names with a detail are written `kind:detail`. */
  metric(name: string, value: number): void;
  /** Keeps an input line or value that could not be used; written to `_rejects/` in the output folder. */
  reject(reject: Reject): void;
  /** Tells people about something odd that is no failure. */
  warn(message: string): void;
}

/** What a call tells of one of several files. */
export interface FileReport extends Report {
  /** Says that the output file `name` has rows of this file. What no file claims counts as made from all of them. */
  wrote(name: string): void;
}

/** One file a call may read. */
export interface InputFile {
  /** Name in the input folder. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  /** `own` rows are this partition's; `halo` rows belong to a neighbour and may be read, never written. */
  readonly role: "own" | "halo";
  /** Bytes to read: a raw file may grow while it is read, and what lies behind this size is left for the next run. */
  readonly size: number;
  /** SHA-256 of its content, in hex; of what it held when the run looked. */
  readonly sha256: string;
  /** Rows of a Parquet file, as its footer says. */
  readonly rows?: number;
  /** Whether the file has been left alone for an hour, so that a last line without its line end is taken as whole. */
  readonly settled: boolean;
  /** Source in the file's name, if it is one of ours. */
  readonly source?: string;
  /** Domain in the file's name. */
  readonly domain?: string;
  /** UTC day in the file's name, `YYYY-MM-DD`. */
  readonly day?: string;
  /** Aggregation window in the file's name. */
  readonly window?: string;
}

/** The key of a partition; which fields are set is said by `partition` in treatment.json. */
export interface Partition {
  /** Name of the one file. */
  readonly file?: string;
  /** The device's series. */
  readonly source?: string;
  /** The group of columns. */
  readonly domain?: string;
  /** The UTC day, `YYYY-MM-DD`. */
  readonly day?: string;
}

/** An input line or value that could not be used. */
export interface Reject {
  /** Name of the file, where a call reads several. */
  readonly file?: string;
  /** Line number, from 1. */
  readonly line: number;
  /** Where the line starts in the (decompressed) file, in bytes from 0. */
  readonly byte_offset: number;
  /** The column of a value that could not be used; absent where it is the whole line. */
  readonly column?: string;
  /** That value as it stands in the file. */
  readonly value?: string;
  /** Why, in a few words that are the same each time: the summary counts by them. */
  readonly reason: string;
  /** The line, shortened where it is very long. */
  readonly text: string;
}

/** Parameter values as treatment.json, flow, step and command line make them, checked before the call. */
// deno-lint-ignore no-explicit-any -- each treatment knows its own params; they are checked against treatment.json
export type Params = Readonly<Record<string, any>>;

/** The one function a treatment's `run.ts` exports. */
export type Run = (inputDir: string, outputDir: string, params: Params, context: Context) => Promise<void> | void;
