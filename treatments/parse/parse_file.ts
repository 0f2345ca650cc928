import { type Context, type InputFile, openSource } from "myx";
import { createLineSink } from "./line_sink.ts";
import { createLocalClock } from "./local_clock.ts";
import { createDayColumns } from "./day_columns.ts";
import { checkEncoding } from "./encoding.ts";
import { formOf } from "./form.ts";
import { createKeys } from "./keys.ts";
import { readSample } from "./sample.ts";
import { scanLines } from "./scan.ts";
import type { Settings } from "./settings.ts";
import { createTally } from "./tally.ts";

/** Sizes, in bytes; tests make them small. */
export interface Tuning {
  /** Read at a time. */
  readonly chunk: number;
  /** Looked at to tell the form of a file. */
  readonly sample: number;
  /** The longest line. */
  readonly longest: number;
  /** The longest record of a csv with a line end in quotes. */
  readonly longestQuoted: number;
  /** Columns held before they are written as a run of their own. */
  readonly budget: number;
  /** Whether plain lines are read straight from the bytes; off only to check that it makes no difference. */
  readonly quick: boolean;
}

const TUNING: Tuning = {
  chunk: 2 ** 18,
  sample: 2 ** 16,
  longest: 2 ** 25,
  longestQuoted: 2 ** 20,
  budget: 2 ** 26,
  quick: true,
};

/**
 * Parses one raw file into one Parquet file per domain and UTC day.
 *
 * @throws {Error} If the file is not text in UTF-8, is damaged, or cannot have the form the params say.
 */
export async function parseFile(
  file: InputFile,
  source: string,
  outputDir: string,
  settings: Settings,
  context: Context,
  tuning: Partial<Tuning> = {},
): Promise<void> {
  const { chunk, sample: sampleSize, longest, longestQuoted, budget, quick } = { ...TUNING, ...tuning };
  const sample = await readSample(file, sampleSize);
  checkEncoding(file.name, sample);
  const form = formOf(file.name, sample, file.settled, settings);
  const clock = settings.tz === "UTC" ? undefined : createLocalClock(settings.tz);
  const keys = createKeys(settings.domains);
  const days = createDayColumns(keys, settings.domains, { source, outputDir, timeColumn: settings.timeColumn, budget });
  const tally = createTally(context);
  const stamps = { comma: form.delimiter !== ",", clock };
  const sink = createLineSink({
    file: file.name,
    form,
    settings,
    stamps,
    keys,
    days,
    tally,
    longest,
    longestQuoted,
    quick,
  });
  const bytes = openSource(file);
  try {
    const onChunk = () => {
      context.signal.throwIfAborted();
      context.progress(bytes.consumed(), file.size);
    };
    await scanLines(bytes, sink, { chunk, longest, settled: file.settled, skip: sample.bom ? 3 : 0, onChunk });
  } finally {
    bytes.close();
  }
  days.finish();
  tally.report();
  for (const [i, { name }] of settings.domains.entries()) {
    context.metric(`rows:${name}`, days.rows[i]!);
    context.metric(`without:${name}`, days.without[i]!);
  }
  for (const [slot, count] of days.unknown.entries()) {
    if (count > 0) context.metric(`unknown_key:${keys.names[slot]}`, count);
  }
}
