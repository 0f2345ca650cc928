import { checkNow } from "./now.ts";
import { FORMAT_RULES, formatFault } from "./param_format.ts";
import { describeValue, isObject, problem, typeOf, type Where, within } from "./problems.ts";
import { unknownKey } from "./schema.ts";
import { checkSecrets, holdsSecret, namesSecret } from "./secrets.ts";
import { didYouMean, oneOf } from "./suggest.ts";
import type { ParamSpec } from "./treatment.ts";

/** The params of a treatment by name. */
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;
type Values = Readonly<Record<string, unknown>>;

/**
 * Checks what one level (flow, step, command line) gives: names, types, limits, placeholders. What a treatment requires
 * may still come from another level: see {@linkcode checkComplete}.
 */
export function checkParams(specs: ParamSpecs, values: Values, where: Where): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (!Object.hasOwn(specs, name)) return [unknownKey(where, name, Object.keys(specs), "param")];
    const place = within(where, name);
    const spec = specs[name]!;
    return [
      ...checkValue(spec, value, place, spec.merge === "deep"),
      ...(holdsSecret(spec) ? [] : checkNow(name, value, place)),
      ...checkSecrets(value, place, holdsSecret(spec)),
    ];
  });
}

/** Checks merged params: that nothing required is missing, at any depth. */
export function checkComplete(specs: ParamSpecs, values: Values, where: Where): string[] {
  return Object.entries(specs).flatMap(([name, spec]) => {
    const place = within(where, name);
    if (values[name] === undefined || values[name] === null) {
      return spec.required ? [problem(place, "nothing", expectation(spec))] : [];
    }
    return spec.merge === "deep" ? checkValue(spec, values[name], place, false) : [];
  });
}

/**
 * Merges levels of params, lowest first, over the defaults. Every declared param is in the result: null where nobody
 * gives a value. Params that `specs` does not declare are left out.
 */
export function mergeParams(specs: ParamSpecs, ...levels: readonly Values[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      let value: unknown = spec.default ?? null;
      for (const level of levels) {
        if (!Object.hasOwn(level, name)) continue;
        value = spec.merge === "deep" ? mergeDeep(value, level[name]) : level[name];
      }
      return [name, fillDefaults(spec, value)];
    }),
  );
}

/** Checks one value. `partial`: what is required inside may still come from another level. */
export function checkValue(spec: ParamSpec, value: unknown, where: Where, partial = false): string[] {
  const wrong = () => [problem(where, found(spec, value), expectation(spec))];
  if (value === null) return mayBeNull(spec) ? [] : wrong();
  if (!hasType(spec, value)) return wrong();
  if (typeof value === "number" && !(value >= (spec.minimum ?? -Infinity) && value <= (spec.maximum ?? Infinity))) {
    return wrong();
  }
  const later = typeof value === "string" && namesSecret(value);
  if (spec.enum && !later && !(spec.enum as readonly unknown[]).includes(value)) {
    return wrong();
  }
  const fault = spec.format && typeof value === "string" && !later ? formatFault(spec.format, value) : undefined;
  if (fault !== undefined) return [problem(where, found(spec, value) + fault, expectation(spec))];
  if (Array.isArray(value)) {
    return spec.items ? value.flatMap((item, i) => checkElement(spec.items!, item, within(where, i), partial)) : [];
  }
  return isObject(value) ? checkObject(spec, value, where, partial) : [];
}

function checkObject(spec: ParamSpec, value: Values, where: Where, partial: boolean): string[] {
  const { properties, items } = spec;
  if (!properties && !items) return [];
  const known = properties ?? {};
  const missing = Object.entries(known)
    .filter(([key, inner]) => inner.required && !partial && !Object.hasOwn(value, key))
    .map(([key, inner]) => problem(within(where, key), "nothing", expectation(inner)));
  const wrong = Object.entries(value).flatMap(([key, item]) => {
    if (Object.hasOwn(known, key)) return checkValue(known[key]!, item, within(where, key), partial);
    return items
      ? checkElement(items, item, within(where, key), partial)
      : [unknownKey(where, key, Object.keys(known))];
  });
  return [...missing, ...wrong];
}

/** An element that is null says nothing, whereas a param that is null is not set: so it must be allowed expressly. */
function checkElement(spec: ParamSpec, value: unknown, where: Where, partial: boolean): string[] {
  return checkValue({ required: true, ...spec }, value, where, partial);
}

/** Null means "not set" or "off": fine where the treatment itself starts from it, or says so. */
function mayBeNull(spec: ParamSpec): boolean {
  return spec.enum?.includes(null) || !(spec.required ?? (spec.default !== undefined && spec.default !== null));
}

function hasType(spec: ParamSpec, value: unknown): boolean {
  switch (spec.type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "float":
      return Number.isFinite(value);
    case "object":
      return isObject(value);
    default:
      return typeOf(value) === spec.type;
  }
}

function found(spec: ParamSpec, value: unknown): string {
  if (value !== null && holdsSecret(spec)) return `a secret (${typeOf(value)})`;
  const options = spec.enum?.filter((option) => typeof option === "string") ?? [];
  return describeValue(value) + (typeof value === "string" ? didYouMean(value, options) : "");
}

/** What a param takes, for people: `an integer, at least 1`. */
function expectation(spec: ParamSpec): string {
  if (spec.enum) return spec.enum.length > 1 ? `one of ${oneOf(spec.enum)}` : oneOf(spec.enum);
  if (spec.format) return FORMAT_RULES[spec.format];
  const type = spec.type === "string" ? "text (string)" : `${/^[aeiou]/.test(spec.type) ? "an" : "a"} ${spec.type}`;
  const limits = [
    ...(spec.minimum === undefined ? [] : [`at least ${spec.minimum}`]),
    ...(spec.maximum === undefined ? [] : [`at most ${spec.maximum}`]),
  ];
  return [type, ...limits].join(", ");
}

function mergeDeep(low: unknown, high: unknown): unknown {
  if (!isObject(low) || !isObject(high)) return high;
  return Object.fromEntries([
    ...Object.entries(low).map(([key, value]) => [key, Object.hasOwn(high, key) ? mergeDeep(value, high[key]) : value]),
    ...Object.entries(high).filter(([key]) => !Object.hasOwn(low, key)),
  ]);
}

function fillDefaults(spec: ParamSpec, value: unknown): unknown {
  const { properties, items } = spec;
  if (Array.isArray(value)) return items ? value.map((item) => fillDefaults(items, item)) : value;
  if (!isObject(value)) return value;
  const known = properties ?? {};
  const given = Object.entries(value).map(([key, item]) => {
    const inner = Object.hasOwn(known, key) ? known[key] : items;
    return [key, inner ? fillDefaults(inner, item) : item];
  });
  const absent = Object.entries(known)
    .filter(([key, inner]) => inner.default !== undefined && !Object.hasOwn(value, key))
    .map(([key, inner]) => [key, fillDefaults(inner, inner.default)]);
  return Object.fromEntries([...given, ...absent]);
}
