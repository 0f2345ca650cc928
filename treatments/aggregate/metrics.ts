import { type ColumnType, didYouMean, oneOf } from "myx";

/** What one metric computes. Every percentile, the median too, is a quantile. */
export type Kind = "mean" | "std" | "min" | "max" | "count" | "sum" | "first" | "last" | "quantile";

/** A metric as asked for. */
export interface Metric {
  /** As written in the params; ends the column's name. */
  readonly name: string;
  readonly kind: Kind;
  /** 0 to 1 for a quantile, else unused. */
  readonly q: number;
}

const PLAIN: readonly Kind[] = ["mean", "std", "min", "max", "count", "sum", "first", "last"];
const PERCENTILE = /^p(\d{1,3}(?:\.\d+)?)$/;
const KEEPS_TYPE: ReadonlySet<Kind> = new Set<Kind>(["min", "max", "sum", "first", "last"]);

/**
 * Reads the param `metrics`.
 *
 * @throws {TypeError} Naming the place in the params, if a metric is unknown or named twice.
 */
export function parseMetrics(names: readonly string[]): Metric[] {
  return names.map((name, i) => {
    if (names.indexOf(name) !== i) {
      throw new TypeError(`Cannot use metrics[${i}]: "${name}" is already metrics[${names.indexOf(name)}]`);
    }
    const metric = parseMetric(name);
    if (!metric) {
      const known = [...PLAIN, "median"];
      throw new TypeError(
        `Cannot use metrics[${i}]: found ${JSON.stringify(name)}${didYouMean(String(name), known)}, expected ${
          oneOf(known)
        }, or a percentile from "p0" to "p100"`,
      );
    }
    return metric;
  });
}

function parseMetric(name: string): Metric | undefined {
  const kind = PLAIN.find((known) => known === name);
  if (kind) return { name, kind, q: 0 };
  if (name === "median") return { name, kind: "quantile", q: 0.5 };
  const percent = Number(PERCENTILE.exec(name)?.[1] ?? NaN);
  return percent <= 100 ? { name, kind: "quantile", q: percent / 100 } : undefined;
}

/** The type of a metric's column, from the type of the column it summarises. */
export function typeOf(kind: Kind, source: ColumnType): ColumnType {
  return kind === "count" || (source === "int64" && KEEPS_TYPE.has(kind)) ? "int64" : "float64";
}
