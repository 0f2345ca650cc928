import { MyxError } from "./errors.ts";
import { describeValue, isObject, problem, type Where, within } from "./problems.ts";
import type { ParamSpec, Treatment } from "./treatment.ts";
import { mapTexts, textsOf } from "./walk.ts";

const SECRET = /\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Whether a text stands for a secret of the environment, wholly or in part. */
export function namesSecret(text: string): boolean {
  return text.search(SECRET) >= 0;
}

/** The environment variables that texts in `value` stand for. */
export function namedSecrets(value: unknown): string[] {
  return textsOf(value).flatMap(([, text]) => [...text.matchAll(SECRET)].map((match) => match[1]!));
}

/** Checks that what looks like `{env:NAME}` is one: a slip would be used as the password itself. `hidden`: not to be shown. */
export function checkSecrets(value: unknown, where: Where, hidden = false): string[] {
  return textsOf(value)
    .filter(([, text]) => text.replaceAll(SECRET, "").includes("{env:"))
    .map(([path, text]) =>
      problem(
        within(where, ...path),
        hidden ? "a secret" : describeValue(text),
        '"{env:NAME}" with a name of letters, digits and "_"',
      )
    );
}

/**
 * Puts the values of environment variables in for `{env:NAME}`. The result goes to the treatment's call and nowhere else.
 *
 * @throws {MyxError} If variables are missing; names all of them.
 */
export function withSecrets(
  params: Readonly<Record<string, unknown>>,
  env: (name: string) => string | undefined,
): Record<string, unknown> {
  const missing = new Map<string, string>();
  const entries = Object.entries(params).map(([param, value]) => {
    const filled = mapTexts(value, (text) =>
      text.replaceAll(SECRET, (_, name: string) => {
        const secret = env(name);
        if (secret === undefined) missing.set(name, param);
        return secret ?? "";
      }));
    return [param, filled] as const;
  });
  if (missing.size > 0) {
    const names = [...missing].map(([name, param]) => `${name} (for param "${param}")`).join(", ");
    throw new MyxError(`Cannot find in the environment: ${names}`, {
      fix: [...missing.keys()].map((name) => `Set it before the command: export ${name}=...`).join("\n"),
    });
  }
  return Object.fromEntries(entries);
}

/** What stands for a secret wherever params, or what a treatment says, are shown or kept. */
export const REDACTED = "***";

/**
 * The secrets that a call with these params is told: the values of the variables that `{env:NAME}` stands for, and what is
 * given for secret params. Variables that are missing have none.
 */
export function secretsOf(
  treatment: Pick<Treatment, "params">,
  params: Readonly<Record<string, unknown>>,
  env: (name: string) => string | undefined,
): string[] {
  const secrets = namedSecrets(params).flatMap((name) => env(name) ?? []);
  redactIn(treatment.params, undefined, withSecrets(params, (name) => env(name) ?? ""), (value) => {
    secrets.push(...writtenIn(value));
    return value;
  });
  return [...new Set(secrets)];
}

/** The texts and numbers in a value, as text. */
function writtenIn(value: unknown): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return Array.isArray(value) || isObject(value) ? Object.values(value).flatMap(writtenIn) : [];
}

/** The params with every secret that was given literally replaced; `{env:NAME}` names a secret and stays. */
export function redact(
  treatment: Pick<Treatment, "params">,
  params: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return redactIn(treatment.params, undefined, params, () => REDACTED);
}

function redactIn(
  properties: Readonly<Record<string, ParamSpec>>,
  items: ParamSpec | undefined,
  value: Readonly<Record<string, unknown>>,
  hide: (secret: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const spec = Object.hasOwn(properties, key) ? properties[key] : items;
      return [key, spec ? redactValue(spec, item, hide) : item];
    }),
  );
}

function redactValue(spec: ParamSpec, value: unknown, hide: (secret: unknown) => unknown): unknown {
  if (value === null || value === undefined) return value;
  if (spec.secret) return typeof value === "string" && isWholeSecret(value) ? value : hide(value);
  if (Array.isArray(value)) return spec.items ? value.map((item) => redactValue(spec.items!, item, hide)) : value;
  if (isObject(value)) return redactIn(spec.properties ?? {}, spec.items, value, hide);
  return value;
}

/** Whether nothing but `{env:NAME}` is in the text. */
export function isWholeSecret(text: string): boolean {
  return namesSecret(text) && text.replaceAll(SECRET, "") === "";
}

/** Whether a value of this param can hold a secret at any depth, so that errors must not show it. */
export function holdsSecret(spec: ParamSpec): boolean {
  if (spec.secret) return true;
  return [spec.items, ...Object.values(spec.properties ?? {})].some((inner) =>
    inner !== undefined && holdsSecret(inner)
  );
}
