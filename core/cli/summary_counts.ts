import { compareNames } from "../data/naming.ts";
import type { StepReport } from "../engine/report.ts";
import { formatCount, plural } from "./table.ts";

/** Values a step set to null and gaps it filled, added up over its counters. */
export function countsOf(step: StepReport): { readonly nulled: number; readonly filled: number } {
  const sum = (prefix: string) =>
    Object.entries(step.metrics).reduce((total, [name, value]) => name.startsWith(prefix) ? total + value : total, 0);
  return { nulled: sum("nulled"), filled: sum("filled") };
}

const ENDS: readonly (readonly [string, string])[] = [
  ["accepted", "accepted"],
  ["header", "header"],
  ["blank", "blank"],
  ["rejected", "rejected"],
  ["out_of_bounds", "out of bounds"],
  ["no_known_key", "without a known key"],
  ["pending", "pending"],
];

/**
 * Where every raw line went: the sum that shows nothing was lost. Empty if no step works raw file by raw file; one that does
 * not count lines, as of a user, may read files of any kind.
 */
export function accountRaw(steps: readonly StepReport[]): string {
  const files = steps.flatMap((step) => step.raw_files ?? []).filter(({ lines }) => lines !== undefined);
  if (files.length === 0) return "";
  const total = (key: string) => files.reduce((sum, file) => sum + Number(file[key] ?? 0), 0);
  const ends = ENDS.filter(([key]) => total(key) > 0);
  const parts = ends.map(([key, words]) => `${formatCount(total(key))} ${words}`);
  const lines = [
    `Raw lines: ${plural(total("lines"), "line")} in ${plural(files.length, "file")} = ${parts.join(" + ") || "0"}`,
  ];
  const values = total("value_rejects");
  if (values > 0) lines.push(`  ${plural(values, "value")} in accepted lines rejected, null in the output`);
  if (total("pending") > 0) {
    lines.push("  A pending line has no line end yet: it is read once it is complete, or its file is an hour old");
  }
  return lines.join("\n");
}

/** By count, equal ones by name: which call was the first to count one is chance. */
export function mostFirst(counts: readonly (readonly [string, number])[]): (readonly [string, number])[] {
  return counts.toSorted(([a, m], [b, n]) => n - m || compareNames(a, b));
}

/** The keys no domain claims: often a typing slip in `domains`, so they are named. */
export function unknownKeys(steps: readonly StepReport[]): string {
  const isKey = ([name]: readonly [string, number]) => name.startsWith("unknown_key:");
  const readers = steps.filter(({ metrics }) => Object.entries(metrics).some(isKey)).map(({ name }) => name);
  const keys = mostFirst(steps.flatMap(({ metrics }) => Object.entries(metrics)).filter(isKey));
  if (keys.length === 0) return "";
  const shown = keys.slice(0, 10).map(([name, count]) =>
    `${name.slice("unknown_key:".length)} (${formatCount(count)})`
  );
  const more = keys.length > shown.length ? ` and ${formatCount(keys.length - shown.length)} more` : "";
  // Given domains replace the default ones.
  const fix = `To keep them, name them in the param "domains" of ${readers.join(" and ")}, with all the others`;
  return `Keys of no domain, left out: ${shown.join(", ")}${more}\n  ${fix}`;
}
