import { UsageError } from "../contract/errors.ts";
import { isAbsoluteBound, lowerBoundOf, upperBoundOf } from "../data/bounds.ts";
import { DAY_US } from "../data/time.ts";

/** Microseconds from the first to the last row that a partition can have. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * The bounds `from` and `to` as far as they cut into `span`: one that lets the whole partition in counts as none, one that
 * lets nothing in counts as such. So a bound that moves with the clock makes only those partitions stale that it touches.
 */
export function clipBounds(params: Readonly<Record<string, unknown>>, span: Span | undefined): Record<string, string> {
  const clipped: Record<string, string> = {};
  for (const name of ["from", "to"] as const) {
    const text = params[name];
    if (typeof text !== "string" || !text) continue;
    // A date or a stamp without an offset may be local, which moves it by less than a day.
    const slack = isAbsoluteBound(text) ? 0 : DAY_US;
    const bound = readBound(name, text);
    if (span && (name === "from" ? bound + slack <= span.first : bound - slack >= span.last)) continue;
    const outside = span && (name === "from" ? bound - slack > span.last : bound + slack < span.first);
    clipped[name] = outside ? "outside" : text;
  }
  return clipped;
}

function readBound(name: "from" | "to", text: string): number {
  try {
    return (name === "from" ? lowerBoundOf : upperBoundOf)(text);
  } catch (cause) {
    throw new UsageError(`Cannot use param "${name}": ${(cause as Error).message}`, { cause });
  }
}
