import type { Partition } from "../contract/context.ts";
import type { ExpandedHalo } from "../contract/placeholders.ts";
import type { PartitionKey, Treatment } from "../contract/treatment.ts";
import { compareNames, type FileName, parseFileName } from "../data/naming.ts";
import { DAY_US, dayStart, SECOND_US } from "../data/time.ts";
import { bytesToRead, workOf } from "../sandbox/workload.ts";
import type { FolderFile } from "./folder.ts";

/** A file of an input folder with what its name tells. */
export type NamedFile = FolderFile & Partial<FileName>;

/** One call of a treatment: the files it owns and the neighbours it may look at. */
export interface Unit {
  /** Unique within the step; what the ledger and people call the partition. */
  readonly key: string;
  readonly partition: Partition;
  readonly own: readonly NamedFile[];
  readonly halo: readonly NamedFile[];
}

/** How many bytes the call of a partition may read. */
export function bytesOf({ own, halo }: Pick<Unit, "own" | "halo">): number {
  return bytesToRead(own) + bytesToRead(halo);
}

/** How many bytes the calls of partitions may read. */
export function bytesOfAll(units: readonly Pick<Unit, "own" | "halo">[]): number {
  return units.reduce((sum, unit) => sum + bytesOf(unit), 0);
}

/** What one call on partitions counts as, when children are started for calls to come. */
export function workOfAll(units: readonly Pick<Unit, "own" | "halo">[]): number {
  return units.reduce((sum, { own, halo }) => sum + workOf(own) + workOf(halo), 0);
}

/** An input folder cut into partitions. */
export interface Cut {
  readonly units: readonly Unit[];
  /** Files that match the input format but not the naming that the partition needs. */
  readonly ignored: readonly string[];
}

/** The key of the one call on a whole folder. */
export const WHOLE = "all";

/**
 * Cuts `files` into the partitions of `treatment`.
 *
 * @param haloOf The halo of a domain's partitions.
 * @param distinctRows How many rows of different time a file has.
 */
export function cutUnits(
  treatment: Treatment,
  files: readonly FolderFile[],
  haloOf: (domain: string | undefined) => ExpandedHalo | undefined,
  distinctRows: (file: FolderFile) => number,
): Cut {
  const wanted = files.filter((file) => hasFormat(file.name, treatment.input.format));
  const { partition: keys } = treatment;
  if (!keys.length) {
    const own = wanted.map((file) => ({ ...file, ...parseFileName(file.name) }));
    return { units: [{ key: WHOLE, partition: {}, own, halo: [] }], ignored: [] };
  }
  if (keys.includes("file")) {
    const units = wanted.map((file) => ({ key: file.name, partition: { file: file.name }, own: [file], halo: [] }));
    return { units, ignored: [] };
  }
  const named: NamedFile[] = [];
  const ignored: string[] = [];
  for (const file of wanted) {
    const parts = parseFileName(file.name);
    if (parts) named.push({ ...file, ...parts });
    else ignored.push(file.name);
  }
  const units: Unit[] = [];
  const others = keys.filter((key) => key !== "day");
  const series = groupBy(named, (file) => partitionKey(file, others));
  for (const files of series.values()) {
    const days = groupBy(files, (file) => keys.includes("day") ? file.day! : "");
    const list = [...days].sort(([a], [b]) => compareNames(a, b));
    for (const [index, [, own]] of list.entries()) {
      const partition = Object.fromEntries(keys.map((key) => [key, own[0]![key as keyof FileName]])) as Partition;
      const halo = keys.includes("day") ? haloOf(partition.domain) : undefined;
      const neighbours = halo ? neighboursOf(list, index, halo, distinctRows) : [];
      units.push({ key: partitionKey(own[0]!, keys), partition, own, halo: neighbours });
    }
  }
  return { units: units.sort((a, b) => compareNames(a.key, b.key)), ignored };
}

/** Whether a file name has the ending that an input format asks for. */
export function hasFormat(name: string, format: Treatment["input"]["format"]): boolean {
  if (format === "csv") return /\.csv(\.gz)?$/i.test(name);
  return format === "parquet" && name.endsWith(".parquet");
}

/** What names of an input format end in, in words. */
export function endingOf(format: Treatment["input"]["format"]): string {
  return format === "csv" ? ".csv or .csv.gz" : `.${format}`;
}

/**
 * The first of the folders in a folder that holds files of an input format. Others are not looked into: on a network a year
 * of them, one per day, takes longer than all else that a plan reads.
 */
export function folderWith(
  folder: string,
  names: readonly string[],
  format: Treatment["input"]["format"],
): string | undefined {
  return names.toSorted(compareNames).find((name) => holdsFormat(`${folder}/${name}`, format));
}

/** Whether a folder holds files of an input format, as far as we may know. */
function holdsFormat(folder: string, format: Treatment["input"]["format"]): boolean {
  try {
    return [...Deno.readDirSync(folder)].some(({ isFile, name }) => isFile && hasFormat(name, format));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

function partitionKey(file: NamedFile, keys: readonly PartitionKey[]): string {
  return keys.map((key) => file[key as keyof FileName]).join("__");
}

function groupBy(files: readonly NamedFile[], keyOf: (file: NamedFile) => string): Map<string, NamedFile[]> {
  const groups = new Map<string, NamedFile[]>();
  for (const file of files) {
    const key = keyOf(file);
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return groups;
}

/**
 * Whole neighbouring partitions that hold the halo: by rows the nearest ones however far, until each series of the
 * partition's own has as many; by seconds those in reach.
 */
function neighboursOf(
  list: readonly (readonly [string, NamedFile[]])[],
  index: number,
  halo: ExpandedHalo,
  distinctRows: (file: FolderFile) => number,
): NamedFile[] {
  const [day, own] = list[index]!;
  const reach = halo.seconds === undefined ? 0 : Math.ceil(halo.seconds * SECOND_US / DAY_US);
  const pick = (step: -1 | 1) => {
    const picked: NamedFile[] = [];
    // In numbers: far days have no four-digit year.
    const limit = dayStart(day) + step * reach * DAY_US;
    // Each series by itself: so many hourly means reach further back than so many of 10 s.
    const missing = new Map(own.map((file) => [seriesOf(file), halo.rows ?? Infinity]));
    for (let at = index + step; at >= 0 && at < list.length && areMissing(missing); at += step) {
      const [other, files] = list[at]!;
      if (halo.seconds !== undefined && step * (dayStart(other) - limit) > 0) break;
      if (halo.rows !== undefined) {
        const wanted = files.filter((file) => missing.get(seriesOf(file))! > 0);
        if (!wanted.length) continue;
        for (const file of wanted) missing.set(seriesOf(file), missing.get(seriesOf(file))! - distinctRows(file));
      }
      picked.push(...files);
    }
    return picked;
  };
  return [...pick(-1), ...pick(1)].sort((a, b) => compareNames(a.name, b.name));
}

/** What has one file a day. */
function seriesOf({ source, domain, window }: NamedFile): string {
  return `${source}__${domain}__${window ?? ""}`;
}

function areMissing(rows: ReadonlyMap<string, number>): boolean {
  for (const count of rows.values()) if (count > 0) return true;
  return false;
}
