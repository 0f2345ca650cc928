import { UsageError } from "./errors.ts";

/** A place in something the user wrote: a file (or an option of the command line) and the keys that lead there. */
export interface Where {
  /** As shown to people: a path, or an option such as `--params`. */
  readonly file: string;
  readonly path: readonly (string | number)[];
  /** Who asks for it, where the place alone does not tell: `treatment "clean"`. */
  readonly by?: string;
}

/** The place `keys` further in. */
export function within(where: Where, ...keys: readonly (string | number)[]): Where {
  return { ...where, path: [...where.path, ...keys] };
}

/** One line for people: where, what was found, what was expected. */
export function problem(where: Where, found: string, expected: string): string {
  const place = formatPath(where.path);
  const by = where.by ? ` (${where.by})` : "";
  return `Cannot use ${place ? `${place} of ` : ""}"${where.file}": found ${found}, expected ${expected}${by}`;
}

/**
 * Throws all problems as one error, one per line and each once.
 *
 * @throws {UsageError} If there are any.
 */
export function throwProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError([...new Set(problems)].join("\n"));
}

/** Keys as they are written in code: `steps[2].params["a b"]`. */
function formatPath(path: readonly (string | number)[]): string {
  return path.map((key, i) => {
    if (typeof key === "number") return `[${key}]`;
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `[${JSON.stringify(key)}]`;
    return i === 0 ? key : `.${key}`;
  }).join("");
}

/** A value and its type as errors show it, shortened. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  const text = JSON.stringify(value) ?? String(value);
  return `${shorten(text)} (${typeOf(value)})`;
}

/** The type of a JSON value in the words of treatment.json. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  return typeof value;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
