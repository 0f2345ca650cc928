/** The measures of the product alone, as a table for people and as objects for programs. */
import type { Measure } from "./further.ts";
import { align, met } from "./report_race.ts";

/** The table of measures. */
export function formatMeasures(measures: readonly Measure[]): string {
  const rows = measures.map(({ name, value, unit, target, met: ok, detail }) => [
    name,
    unit === "x" ? `${value.toFixed(2)}x` : `${value.toFixed(0)} ${unit}`,
    `target ${target}${unit === "x" ? "x" : ` ${unit}`}`,
    met(ok),
    detail ? `(${detail})` : "",
  ]);
  return ["Further measures", ...align(rows)].join("\n");
}

/** One measure as JSON. */
export function measureJson({ name, value, unit, target, met, detail }: Measure): unknown {
  return { name, value, unit, target, met, ...(detail ? { detail } : {}) };
}
