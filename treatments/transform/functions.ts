import { borrowNear, invertRoots, mapColumn } from "myx";

/** A function of one value. Never called with null; returns null (`NaN`) where it is not defined. */
export type Transform = (x: number) => number;

/**
 * What a transform can apply, by name. A magnet's field falls with the cube of its distance, so `cbrt_inv` of a Hall
 * sensor's reading is in proportion to the distance; `sqrt_inv` is what published mussel work uses.
 */
export const FUNCTIONS: ReadonlyMap<string, Transform> = new Map<string, Transform>([
  ["sqrt_inv", invertRoot],
  ["cbrt_inv", (x) => x > 0 ? 1 / Math.cbrt(x) : NaN],
  ["log", (x) => x > 0 ? Math.log(x) : NaN],
  ["celsius_to_fahrenheit", (x) => (x * 9) / 5 + 32],
  ["identity", (x) => x],
]);

function invertRoot(x: number): number {
  return x > 0 ? 1 / Math.sqrt(x) : NaN;
}

/** Applies `transform` to every value that is not null. `nulled` counts the values it is not defined for. */
export function applyTo(values: Float64Array, transform: Transform): { values: Float64Array; nulled: number } {
  const out = borrowNear(values.length);
  const nulled = transform === invertRoot ? invertRoots(values, out) : mapColumn(values, transform, out);
  return { values: out, nulled };
}
