import { checkNow } from "./now.ts";
import { checkValue, mergeParams } from "./params.ts";
import { describeValue, problem, typeOf, type Where, within } from "./problems.ts";
import { checkSecrets, isWholeSecret } from "./secrets.ts";
import type { ParamSpec } from "./treatment.ts";

/** Checks that what a treatment says of one of its params makes sense, and that the default keeps to it. */
export function checkSpec(name: string, spec: ParamSpec, where: Where): string[] {
  const problems = checkShape(spec, where);
  if (problems.length > 0 || spec.default === undefined) return problems;
  const place = within(where, "default");
  const value = mergeParams({ [name]: spec }, {})[name];
  return [
    ...checkValue(spec, value, place),
    ...checkNow(name, value, place),
    ...checkSecrets(value, place),
  ];
}

function checkShape(spec: ParamSpec, where: Where): string[] {
  const only = (key: keyof ParamSpec, ...types: string[]) =>
    spec[key] === undefined || types.includes(spec.type)
      ? []
      : [problem(within(where, key), `it beside type "${spec.type}"`, `type ${types.join(" or ")}`)];
  const problems = [
    ...only("minimum", "integer", "float"),
    ...only("maximum", "integer", "float"),
    ...only("enum", "string", "integer", "float", "boolean"),
    ...only("items", "array", "object"),
    ...only("properties", "object"),
    ...only("merge", "object"),
    ...only("format", "string"),
    ...only("keys", "object"),
    ...only("names", "string"),
  ];
  if ((spec.minimum ?? -Infinity) > (spec.maximum ?? Infinity)) {
    problems.push(problem(within(where, "minimum"), describeValue(spec.minimum), `at most maximum, ${spec.maximum}`));
  }
  const { enum: options = [], ...rest } = spec;
  for (const [i, value] of problems.length > 0 ? [] : options.entries()) {
    if (value !== null) problems.push(...checkValue(rest, value, within(where, "enum", i)));
  }
  if (spec.secret && spec.default !== undefined && !isHarmless(spec.default)) {
    problems.push(
      problem(
        within(where, "default"),
        `a value (${typeOf(spec.default)}) that anyone can read`,
        'null or "{env:NAME}"',
      ),
    );
  }
  if (spec.items) problems.push(...checkSpec("items", spec.items, within(where, "items")));
  for (const [key, inner] of Object.entries(spec.properties ?? {})) {
    problems.push(...checkSpec(key, inner, within(where, "properties", key)));
  }
  return problems;
}

function isHarmless(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "string" && isWholeSecret(value));
}
