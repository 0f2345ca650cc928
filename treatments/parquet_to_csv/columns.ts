import { type Column, matchGlobs } from "myx";

/** The columns whose names match one of `globs`, in their order; all of them where there are no globs. */
export function selectColumns(columns: readonly Column[], globs: readonly string[]): readonly Column[] {
  const matches = matchGlobs(globs);
  return globs.length ? columns.filter(({ name }) => matches(name)) : columns;
}
