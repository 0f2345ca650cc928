import { type Context, createKeys, type InputFile, type RawTuning, readRaw } from "myx";
import { createDayColumns } from "./day_columns.ts";
import type { Settings } from "./settings.ts";

/** Sizes, in bytes; tests make them small. */
export interface Tuning extends RawTuning {
  /** Columns held before they are written as a run of their own. */
  readonly budget: number;
}

const BUDGET = 2 ** 26;

/** How many bytes files have. */
export function bytesOf(files: readonly InputFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Parses raw files of one source, in this order, into one Parquet file per domain and UTC day.
 *
 * @throws {Error} If a file is not text in UTF-8, is damaged, or cannot have the form the params say.
 */
export async function parseFiles(
  files: readonly InputFile[],
  source: string,
  outputDir: string,
  settings: Settings,
  context: Context,
  tuning: Partial<Tuning> = {},
): Promise<void> {
  const { domains, timeColumn } = settings;
  const options = { source, outputDir, timeColumn, budget: tuning.budget ?? BUDGET };
  const keys = createKeys(domains);
  const days = createDayColumns(keys, domains, options);
  const all = bytesOf(files);
  let before = 0;
  const progress = (done: number) => context.progress(before + done, all);
  for (const file of files) {
    const about = context.about?.(file);
    const report = about ?? context;
    await readRaw(file, settings, { ...context, ...about, progress }, () => days, tuning, keys);
    before += file.size;
    const { rows, without, unknown, outputs } = days.take();
    for (const [i, { name }] of domains.entries()) {
      report.metric(`rows:${name}`, rows[i]!);
      report.metric(`without:${name}`, without[i]!);
    }
    for (const [key, count] of unknown) report.metric(`unknown_key:${key}`, count);
    for (const name of outputs) about?.wrote(name);
  }
  days.finish();
}
