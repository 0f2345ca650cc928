import { type Context, type InputFile, type RawTuning, readRaw } from "myx";
import { createDayColumns } from "./day_columns.ts";
import type { Settings } from "./settings.ts";

/** Sizes, in bytes; tests make them small. */
export interface Tuning extends RawTuning {
  /** Columns held before they are written as a run of their own. */
  readonly budget: number;
}

const BUDGET = 2 ** 26;

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
  const { domains, timeColumn } = settings;
  const options = { source, outputDir, timeColumn, budget: tuning.budget ?? BUDGET };
  const days = await readRaw(file, settings, context, (keys) => createDayColumns(keys, domains, options), tuning);
  days.finish();
  for (const [i, { name }] of domains.entries()) {
    context.metric(`rows:${name}`, days.rows[i]!);
    context.metric(`without:${name}`, days.without[i]!);
  }
  for (const [key, count] of days.unknown()) context.metric(`unknown_key:${key}`, count);
}
