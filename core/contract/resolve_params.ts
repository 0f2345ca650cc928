import { isAbsoluteBound, lowerBoundOf, upperBoundOf } from "../data/bounds.ts";
import { DAY_US } from "../data/time.ts";
import type { Flow, FlowStep } from "./flow.ts";
import { resolveNow } from "./now.ts";
import { checkComplete, checkParams, mergeParams } from "./params.ts";
import { describeValue, problem, type Where, within } from "./problems.ts";
import { unknownKey } from "./schema.ts";
import type { Treatment } from "./treatment.ts";
import { mapTexts } from "./walk.ts";

type Values = Readonly<Record<string, unknown>>;

/** What params depend on beside flow and treatment. */
export interface ParamOptions {
  /** Those of the command line. */
  readonly params?: Values;
  readonly now: Temporal.Instant;
}

const COMMAND_LINE: Where = { file: "--params", path: [] };

/**
 * Checks the params that reach every step that declares them: those of the flow and, in the selected steps, of the
 * command line.
 */
export function checkShared(
  flow: Flow,
  options: ParamOptions,
  treatments: readonly (Treatment | undefined)[],
  where: Where,
  selected: readonly number[],
): string[] {
  const problems: string[] = [];
  const place = within(where, "params");
  if (Object.hasOwn(flow.params, "domains")) {
    const expected =
      "it in the params of each step that needs it, because domains means different things in parse and clean";
    problems.push(problem(within(place, "domains"), "domains for all steps", expected));
  }
  const meant = new Set(selected.map((i) => treatments[i]).filter((treatment) => treatment?.params.domains));
  if (meant.size > 1 && Object.hasOwn(options.params ?? {}, "domains")) {
    const names = [...meant].map((treatment) => treatment!.name);
    const expected = `it for one step alone, as with ${names.map((name) => `--step ${name}`).join(" or ")}, because ` +
      "domains means different things in parse and clean";
    problems.push(problem(within(COMMAND_LINE, "domains"), `domains for ${names.join(" and ")}`, expected));
  }
  // a treatment that cannot be used might declare any of them
  if (treatments.includes(undefined)) return problems;
  const declared = new Set(treatments.flatMap((treatment) => Object.keys(treatment!.params)));
  const check = (values: Values, level: Where) => {
    for (const name of Object.keys(values)) {
      if (!declared.has(name)) problems.push(unknownKey(level, name, [...declared], "param"));
    }
  };
  check(flow.params, place);
  check(options.params ?? {}, COMMAND_LINE);
  return problems;
}

/**
 * Values that environment variables give to params, such as `PGHOST`; an empty variable gives none. What should be a number
 * and is none stays text, which is refused as it is.
 */
function fromEnvironment({ params }: Treatment): Values {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, { env, type }]) => {
      const text = env === undefined ? undefined : Deno.env.get(env);
      if (!text) return [];
      const number = type === "integer" || type === "float" ? Number(text) : NaN;
      return [[name, Number.isNaN(number) ? text : number]];
    }),
  );
}

/** Merges the params of one step: defaults < environment < flow < step < command line. Adds what is wrong to `problems`. */
export function resolveParams(
  flow: Flow,
  step: FlowStep,
  treatment: Treatment,
  options: ParamOptions,
  where: Where,
  problems: string[],
): Record<string, unknown> {
  const specs = treatment.params;
  const by = `treatment "${treatment.name}"`;
  const declared = (values: Values) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(specs, name)));
  // What `run` makes of its command line is no file that anybody could write params into.
  const own = flow.path === undefined ? { ...COMMAND_LINE, by } : within({ ...where, by }, "params");
  const levels: readonly [Values, Where][] = [
    [treatment.origin === "built-in" ? fromEnvironment(treatment) : {}, { file: "environment", path: [], by }],
    [declared(flow.params), { file: where.file, path: ["params"], by }],
    [step.params ?? {}, own],
    [declared(options.params ?? {}), { ...COMMAND_LINE, by }],
  ];
  const wrong = levels.flatMap(([values, place]) => checkParams(specs, values, place));
  const params = mergeParams(specs, ...levels.map(([values]) => values));
  if (wrong.length === 0) wrong.push(...checkComplete(specs, params, own));
  if (wrong.length === 0 && specs.from?.format === "bound" && specs.to?.format === "bound") {
    const [, place = own] = levels.findLast(([values]) => Object.hasOwn(values, "from")) ?? [];
    wrong.push(...checkOrder(params.from, params.to, place));
  }
  problems.push(...wrong);
  if (wrong.length > 0) return params;
  for (const name of ["from", "to"]) {
    if (Object.hasOwn(params, name)) params[name] = mapTexts(params[name], (text) => resolveNow(text, options.now));
  }
  return params;
}

/** Bounds the wrong way round let nothing in: outputs would go. What moves with the clock may get there by itself. */
function checkOrder(from: unknown, to: unknown, where: Where): string[] {
  if (typeof from !== "string" || typeof to !== "string" || `${from}${to}`.includes("{")) return [];
  // One of them may be local to a zone that the treatment knows.
  const slack = isAbsoluteBound(from) === isAbsoluteBound(to) ? 0 : DAY_US;
  if (lowerBoundOf(from) <= upperBoundOf(to) + slack) return [];
  return [problem(within(where, "from"), describeValue(from), `no later time than to, ${describeValue(to)}`)];
}
