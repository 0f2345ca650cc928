import { didYouMean, isFlagColumn, oneOf } from "myx";
import { FUNCTIONS } from "./functions.ts";

/** One element of the param `transforms`. */
export interface Spec {
  readonly function: string;
  readonly target: { readonly columns?: readonly string[] | null; readonly domain?: string | null };
  readonly mode?: "add" | "replace" | null;
}

/** One function applied to one column. */
export interface Step {
  readonly source: string;
  readonly function: string;
  readonly mode: "add" | "replace";
  /** Name of the column it makes. */
  readonly output: string;
}

/**
 * Checks what can be told without data.
 *
 * @throws {TypeError} Naming the place in the params, if a function, mode or target is not understood.
 */
export function checkSpecs(specs: readonly Spec[]): void {
  specs.forEach((spec, i) => {
    const at = `transforms[${i}]`;
    if (!FUNCTIONS.has(spec.function)) {
      const names = [...FUNCTIONS.keys()];
      const hint = didYouMean(String(spec.function), names);
      throw new TypeError(
        `Cannot use ${at}.function: found ${JSON.stringify(spec.function)}${hint}, expected ${oneOf(names)}`,
      );
    }
    const mode = spec.mode ?? "add";
    if (mode !== "add" && mode !== "replace") {
      throw new TypeError(`Cannot use ${at}.mode: found ${JSON.stringify(mode)}, expected "add" or "replace"`);
    }
    const { columns, domain } = spec.target ?? {};
    if ((columns == null) === (domain == null)) {
      throw new TypeError(`Cannot use ${at}.target: expected either {"columns": [...]} or {"domain": "..."}`);
    }
    columns?.forEach((name, j) => {
      if (name === "ts" || isFlagColumn(name)) {
        throw new TypeError(
          `Cannot use ${at}.target.columns[${j}]: "${name}" is no data column; times and flags are never transformed`,
        );
      }
    });
  });
}

/**
 * Resolves all targets on the data columns of a file, before any of them is applied. Named columns that the file lacks
 * are skipped: devices may lack a channel, and the columns of other domains are in other files.
 *
 * @throws {TypeError} If two transforms give the same column, or one gives a column the file already has.
 */
export function resolveSteps(specs: readonly Spec[], domain: string, columns: readonly string[]): Step[] {
  const data = columns.filter((name) => !isFlagColumn(name));
  const steps: Step[] = [];
  const makers = new Map<string, string>();
  specs.forEach((spec, i) => {
    const mode = spec.mode ?? "add";
    const targets = spec.target.columns ?? (spec.target.domain === domain ? data : []);
    for (const source of targets) {
      const output = mode === "replace" ? source : `${source}__${spec.function}`;
      const maker = makers.get(output);
      if (maker !== undefined) {
        const who = maker === `transforms[${i}]` ? `${maker} makes it twice` : `${maker} and transforms[${i}] make it`;
        throw new TypeError(`Cannot make column "${output}": ${who}; leave one out`);
      }
      makers.set(output, `transforms[${i}]`);
      if (!data.includes(source)) continue;
      if (mode === "add" && data.includes(output)) {
        throw new TypeError(
          `Cannot add column "${output}" (transforms[${i}]): the input already has it; leave the transform out`,
        );
      }
      steps.push({ source, function: spec.function, mode, output });
    }
  });
  return steps;
}

/**
 * Named columns that look like slips of a column the file has, with what was likely meant. Names that differ in digits
 * only are other channels, no slips.
 */
export function findSlips(specs: readonly Spec[], columns: readonly string[]): string[] {
  const shape = (name: string) => name.replace(/\d+/g, "0");
  return specs.flatMap((spec, i) =>
    (spec.target.columns ?? []).flatMap((name, j) => {
      if (columns.includes(name)) return [];
      const hint = didYouMean(name, columns.filter((column) => shape(column) !== shape(name)));
      return hint ? [`transforms[${i}].target.columns[${j}]: no column "${name}"${hint}`] : [];
    })
  );
}
