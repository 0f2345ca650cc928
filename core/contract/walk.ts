import { isObject } from "./problems.ts";

/** The value with every text in it replaced by what `change` makes of it. */
export function mapTexts(value: unknown, change: (text: string) => unknown): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  // entries, because assigning a key named __proto__ would not make a property
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([k, item]) => [k, mapTexts(item, change)]));
  return value;
}

/** Every text in a value, with the keys that lead to it. */
export function textsOf(value: unknown, path: readonly (string | number)[] = []): [(string | number)[], string][] {
  if (typeof value === "string") return [[[...path], value]];
  if (Array.isArray(value)) return value.flatMap((item, i) => textsOf(item, [...path, i]));
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => textsOf(item, [...path, key]));
  return [];
}
