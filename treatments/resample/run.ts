import {
  addDays,
  type Context,
  dayStart,
  type Params,
  parseWindow,
  readParquet,
  recycle,
  SECOND_US,
  writeParquet,
} from "myx";
import { resampleDay } from "./day.ts";

/** Puts each day's rows on the grid, fills its short gaps, and cuts off the rows without a value at its ends. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  const freq = parseWindow(params.freq);
  // In whole microseconds, because 0.3 / 0.1 is below 3.
  const reach = Math.floor(Math.round(params.max_gap_fill_s * SECOND_US) / freq);
  const methods: Record<string, string> = params.agg_method;
  for (const own of context.files.filter(({ role }) => role === "own")) {
    const day = own.day!;
    const halo = context.files.filter((file) => file.role === "halo" && file.window === own.window);
    const input = readParquet(own.path, { near: true });
    const resampled = resampleDay(input, {
      grid: { start: dayStart(day), freq },
      reach,
      method: Object.hasOwn(methods, own.domain!) ? methods[own.domain!] : undefined,
      earlier: halo.find((file) => file.day === addDays(day, -1)),
      later: halo.find((file) => file.day === addDays(day, 1)),
    }, context);
    writeParquet(`${outputDir}/${own.name}`, resampled);
    recycle(input, resampled);
  }
}
