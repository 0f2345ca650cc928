import * as v from "valibot";
import { describeValue, problem, type Where, within } from "./problems.ts";
import { didYouMean, oneOf } from "./suggest.ts";

/** Names become folders, task names and arguments, on every system: hence plain letters, and no dot or dash in front. */
export const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
/** What {@linkcode NAME} asks for, for people. */
export const NAME_RULE =
  "a name of letters (a-z, A-Z), digits, '.', '_' and '-' that starts with a letter, digit or '_'";

/**
 * An object whose keys are all known. Messages of all schemas here say what is expected, as the end of "expected ...";
 * this one leaves the names of its keys for {@linkcode checkSchema}.
 */
// deno-lint-ignore explicit-function-return-type -- valibot's inferred type is the point
export function strict<const Entries extends v.ObjectEntries>(entries: Entries) {
  const object = v.strictObject(entries, (issue) => {
    if (issue.expected === "never") return KEYS + JSON.stringify(Object.keys(entries));
    const key = issue.path?.at(-1)?.key;
    const missing = issue.received === "undefined" && typeof key === "string" ? entries[key] : undefined;
    return missing && "message" in missing && typeof missing.message === "string" ? missing.message : "an object";
  });
  return refuseLists(object);
}

/** An object whose keys the user chooses; `expected` describes it. */
export function record<Key extends v.GenericSchema<string>, Value extends v.GenericSchema>(
  key: Key,
  value: Value,
  expected: string,
): v.RecordSchema<Key, Value, string> {
  const schema = v.record(key, value, expected);
  const run: typeof schema["~run"] = (dataset, config) => {
    const input = dataset.value;
    const result = schema["~run"](dataset, config);
    const issues = [...result.issues ?? [], ...issuesPassedOver(input, value, config)];
    return issues.length ? { ...result, typed: false, issues } as typeof result : result;
  };
  return refuseLists({ ...schema, "~run": run });
}

/** Keys that valibot passes over, whatever they hold. A file or a param may be called so. */
const PASSED_OVER = ["__proto__", "prototype", "constructor"];

function issuesPassedOver(input: unknown, schema: v.GenericSchema, config: v.Config<v.BaseIssue<unknown>>) {
  if (typeof input !== "object" || input === null) return [];
  return PASSED_OVER.filter((key) => Object.hasOwn(input, key)).flatMap((key) => {
    const value = (input as Readonly<Record<string, unknown>>)[key];
    const item = { type: "unknown", origin: "value", input, key, value } as const;
    const { issues = [] } = schema["~run"]({ value }, config);
    return issues.map((issue) => ({ ...issue, path: [item, ...issue.path ?? []] }));
  });
}

/** valibot takes a list for an object; people would rather know. */
function refuseLists<Schema extends v.GenericSchema>(schema: Schema): Schema {
  const run: Schema["~run"] = (dataset, config) => {
    if (!Array.isArray(dataset.value)) return schema["~run"](dataset, config);
    v._addIssue(schema, "type", dataset, config);
    // adding an issue makes a failed dataset of it, which the type of _addIssue does not say
    return dataset as unknown as v.OutputDataset<unknown, v.BaseIssue<unknown>>;
  };
  return { ...schema, "~run": run };
}

const KEYS = "keys:";

/** Checks a JSON value against a schema; returns the problems, one line each, or none. */
export function checkSchema(schema: v.GenericSchema, value: unknown, where: Where): string[] {
  const result = v.safeParse(schema, value);
  if (result.success) return [];
  return result.issues.flatMap((issue) => {
    const keys = (issue.path ?? []).map((item) => item.key as string | number);
    if (!issue.message.startsWith(KEYS)) {
      return [problem(within(where, ...keys), describeValue(issue.input), issue.message)];
    }
    // valibot stops at the first unknown key; people want all of them
    const known: string[] = JSON.parse(issue.message.slice(KEYS.length));
    const found = Object.keys(issue.path!.at(-1)!.input as object).filter((key) => !known.includes(key));
    return found.map((key) => unknownKey(within(where, ...keys.slice(0, -1)), key, known));
  });
}

/** The problem of a key that nothing asks for. */
export function unknownKey(where: Where, key: string, known: readonly string[], what = "key"): string {
  const found = `unknown ${what}${didYouMean(key, known)}`;
  return problem(within(where, key), found, known.length > 0 ? oneOf(known) : `no ${what} at all`);
}
