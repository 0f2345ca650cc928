import { type Context, type InputFile, isFlagColumn, matchGlobs, type Params, readParquet } from "myx";
import { hasWindow, wordsOf } from "./feed.ts";
import { columnParts, type Filter, selectsFile } from "./filter.ts";

/** Warns of what the params name and no file or column is called: a typo looks like a device that sent nothing. */
export function warnUnused(
  files: readonly InputFile[],
  folder: string,
  filters: readonly Filter[],
  params: Params,
  context: Context,
): void {
  if (files.length === 0) return;
  const aggregations = params.aggregations as readonly string[];
  for (const window of aggregations) {
    if (!files.some((file) => file.window === window)) context.warn(`No file has the aggregation "${window}"`);
  }
  const words = files.map((file) => wordsOf(file, folder));
  // Files that are not loaded say nothing of what is, and one of them that cannot be read is in nobody's way.
  const loaded = filters.some(hasColumns) ? files.filter((file) => hasWindow(file, aggregations)) : [];
  const heads = newestOf(loaded).map((file) => ({ words: wordsOf(file, folder), columns: columnsOf(file) }));
  filters.forEach((filter, i) => {
    if (!words.some((words) => selectsFile(filter, words))) {
      return context.warn(`sources[${i}] selects no file: ${JSON.stringify(filter)}`);
    }
    const missing = (key: keyof Filter, present: readonly string[], whose: string) => {
      for (const pattern of filter[key] as readonly string[] | null ?? []) {
        if (present.some(matchGlobs([pattern]))) continue;
        context.warn(`sources[${i}].${key} names "${pattern}", which no ${whose}`);
      }
    };
    missing("devices", words.map(({ device }) => device), "file is of");
    missing("sources", words.map(({ source }) => source), "file is of");
    const selected = heads.filter(({ words }) => selectsFile(filter, words));
    if (!hasColumns(filter) || selected.length === 0) return;
    const columns = selected.flatMap(({ columns }) => columns);
    const whose = "column has of the latest files that it selects";
    missing("columns", columns.map(({ name }) => name), whose);
    missing("sensors", columns.map(({ sensor }) => sensor), whose);
    missing("transforms", columns.map(({ transform }) => transform), whose);
    missing("metrics", columns.map(({ metric }) => metric), whose);
  });
}

function hasColumns({ columns, sensors, transforms, metrics }: Filter): boolean {
  return [columns, sensors, transforms, metrics].some((patterns) => patterns?.length);
}

/** The last file of each series: to look into years of them would take as long as to load them. */
function newestOf(files: readonly InputFile[]): InputFile[] {
  const newest = new Map<string, InputFile>();
  for (const file of files) {
    const series = JSON.stringify([file.source, file.domain, file.window]);
    const known = newest.get(series);
    if (!known || file.day! > known.day!) newest.set(series, file);
  }
  return [...newest.values()];
}

function columnsOf({ path, window }: InputFile) {
  return readParquet(path, { limit: 0 }).columns.map(({ name }) => ({
    name,
    ...columnParts(isFlagColumn(name) ? name.replace(/__flag$/, "") : name, window !== undefined),
  }));
}
