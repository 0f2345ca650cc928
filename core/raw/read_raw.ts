import type { Context, InputFile } from "../contract/context.ts";
import { heldSource, openSource } from "../data/byte_source.ts";
import { checkEncoding } from "./encoding.ts";
import { formOf } from "./form.ts";
import { createKeys, type Keys } from "./keys.ts";
import { createLineSink } from "./line_sink.ts";
import { createLocalClock } from "./local_clock.ts";
import type { RowStore } from "./row.ts";
import { readSample } from "./sample.ts";
import { scanLines } from "./scan.ts";
import type { RawSettings } from "./settings.ts";
import { createTally } from "./tally.ts";

/** Sizes, in bytes; tests make them small. */
export interface RawTuning {
  /** Read at a time. */
  readonly chunk: number;
  /** Looked at to tell the form of a file. */
  readonly sample: number;
  /** The longest line. */
  readonly longest: number;
  /** The longest record of a csv with a line end in quotes. */
  readonly longestQuoted: number;
  /** Whether plain lines are read straight from the bytes; off only to check that it makes no difference. */
  readonly quick: boolean;
  /** From so many on, plain lines of key:value are read in batches: for a few lines it is not worth the tables. */
  readonly batch: number;
}

const TUNING: RawTuning = {
  chunk: 2 ** 18,
  sample: 2 ** 16,
  longest: 2 ** 25,
  longestQuoted: 2 ** 20,
  quick: true,
  batch: 2 ** 12,
};

/**
 * Reads one raw file, `.gz` or plain, and hands its rows to a store in the order of its lines. Every line is counted once,
 * and what cannot be used is kept, by way of `context`: `metric` and `reject`.
 *
 * @param openStore Makes the store; slots of rows are numbers of the keys it is given.
 * @param keys Those of the files before, where their rows went to the same store.
 * @throws {Error} If the file is not text in UTF-8, is damaged, or cannot have the form the params say.
 */
export async function readRaw<Store extends RowStore>(
  file: InputFile,
  settings: RawSettings,
  context: Context,
  openStore: (keys: Keys) => Store,
  tuning: Partial<RawTuning> = {},
  keys: Keys = createKeys(settings.domains),
): Promise<Store> {
  const { chunk, sample: sampleSize, longest, longestQuoted, quick, batch } = { ...TUNING, ...tuning };
  // Of a small file, full buffers would cost more than its lines. One byte more shows that there is no other.
  const most = /\.gz$/i.test(file.name) ? Infinity : file.size + 1;
  const sample = await readSample(file, Math.min(sampleSize, most));
  checkEncoding(file.name, sample);
  const form = formOf(file.name, sample, file.settled, settings);
  const clock = settings.tz === "UTC" ? undefined : createLocalClock(settings.tz);
  keys.begin();
  const store = openStore(keys);
  const tally = createTally(context);
  const stamps = { comma: form.delimiter !== ",", clock };
  const sink = createLineSink({
    file: file.name,
    form,
    settings,
    stamps,
    keys,
    store,
    tally,
    longest,
    longestQuoted,
    quick,
    batch,
  });
  const bytes = sample.content ? heldSource(sample.content, file) : openSource(file);
  try {
    const onChunk = () => {
      context.signal.throwIfAborted();
      context.progress(bytes.consumed(), file.size);
    };
    await scanLines(bytes, sink, {
      chunk: Math.min(chunk, most),
      longest,
      settled: file.settled,
      skip: sample.bom ? 3 : 0,
      onChunk,
    });
  } finally {
    bytes.close();
  }
  tally.report();
  return store;
}
