import fc from "fast-check";

/** A value of a column, null among them. */
export const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -5, max: 20 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(NaN, NaN, 0, -0, Infinity, -Infinity, 1e308, -1e308, 5e-324) },
);

/** Columns of none to so many rows that kernels take them by blocks. */
export const column = fc.array(value, { maxLength: 90, size: "max" }).map((values) => Float64Array.from(values));
