import { isFlagColumn, matchGlobs, ROW_FLAG } from "myx";
import type { Words } from "./template.ts";

/** One element of the param `sources`. */
export interface Filter {
  readonly domain?: string | null;
  readonly devices?: readonly string[] | null;
  readonly sources?: readonly string[] | null;
  readonly columns?: readonly string[] | null;
  readonly sensors?: readonly string[] | null;
  readonly transforms?: readonly string[] | null;
  readonly metrics?: readonly string[] | null;
}

/** Which columns of a file are loaded. */
export interface Selection {
  /** Tells selections of one file apart; empty for the whole file. */
  readonly id: string;
  has(column: string): boolean;
}

const ALL: Selection = { id: "", has: () => true };

/** What `filters` select of a file, if anything. Several that select it add up; none at all select everything. */
export function select(filters: readonly Filter[], words: Words, aggregated: boolean): Selection | undefined {
  if (filters.length === 0) return ALL;
  const matching = filters.filter((filter) => selectsFile(filter, words));
  if (matching.length === 0) return undefined;
  const limits = matching.map(({ columns, sensors, transforms, metrics }) =>
    Object.entries({ columns, sensors, transforms, metrics }).filter(([, patterns]) => patterns?.length)
  );
  if (limits.some((limit) => limit.length === 0)) return ALL;
  const tests = matching.map((filter) => columnTest(filter, aggregated));
  return {
    id: limits.map((limit) => JSON.stringify(Object.fromEntries(limit))).sort().join(" "),
    has: (column) => column === ROW_FLAG || tests.some((test) => test(column)),
  };
}

/** Whether `filter` selects a file; its columns are another matter. */
export function selectsFile({ domain, devices, sources }: Filter, words: Words): boolean {
  return (domain == null || matchGlobs([domain])(words.domain)) &&
    (!devices?.length || matchGlobs(devices)(words.device)) &&
    (!sources?.length || matchGlobs(sources)(words.source));
}

function columnTest({ columns, sensors, transforms, metrics }: Filter, aggregated: boolean): (name: string) => boolean {
  const tests = [columns, sensors, transforms, metrics].map((patterns) =>
    patterns?.length ? matchGlobs(patterns) : undefined
  );
  const [whole, sensor, transform, metric] = tests;
  return (name) => {
    if (whole && !whole(name)) return false;
    if (isFlagColumn(name)) return sensor?.(name.replace(/__flag$/, "")) ?? true;
    const parts = columnParts(name, aggregated);
    return (sensor?.(parts.sensor) ?? true) && (transform?.(parts.transform) ?? true) &&
      (metric?.(parts.metric) ?? true);
  };
}

/** `m0__sqrt_inv__mean` is sensor m0, transform sqrt_inv, metric mean; before aggregation there is no metric. */
export function columnParts(name: string, aggregated: boolean): { sensor: string; transform: string; metric: string } {
  const parts = name.split("__");
  const metric = aggregated && parts.length > 1 ? parts.pop()! : "";
  const transform = parts.length > 1 ? parts.pop()! : "raw";
  return { sensor: parts.join("__"), transform, metric };
}
