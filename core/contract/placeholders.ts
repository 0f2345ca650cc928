import { parseDuration } from "../data/time.ts";
import { UsageError } from "./errors.ts";
import { describeValue, isObject, problem, type Where, within } from "./problems.ts";
import { didYouMean } from "./suggest.ts";
import type { Treatment } from "./treatment.ts";

/** A halo in numbers. */
export type ExpandedHalo =
  | { readonly rows: number; readonly seconds?: undefined }
  | { readonly seconds: number; readonly rows?: undefined };

/** Permissions with their params put in. An empty list grants nothing. */
export interface ExpandedPermissions {
  readonly net: readonly string[];
  readonly env: readonly string[];
  /** Paths of unix sockets it may connect to. */
  readonly sockets: readonly string[];
  readonly state?: string;
  readonly memory_mb?: number;
  readonly time_s?: number;
  readonly output_mb?: number;
  readonly output_files?: number;
}

type Values = Readonly<Record<string, unknown>>;
type Asking = Pick<Treatment, "name" | "partition" | "params" | "halo" | "permissions">;

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*(?:\.(?:\[domain\]|[A-Za-z0-9_-]+))*)\}/g;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?::\d{1,5})?$/;
/** A folder in the place of a host, as PostgreSQL's clients take it: its server's unix socket lies in there. */
const SOCKET_FOLDER = /^(\/[^,:]*):(\d{1,5})$/;
const NET = new RegExp(`${HOST.source}|${SOCKET_FOLDER.source}`);
/** A database in the process itself has no address. */
const EMBEDDED = /^embedded(?::\d{1,5})?$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The halo of one partition: rows, or the sum of the seconds. A missing or null param is 0. */
export function expandHalo(treatment: Asking, params: Values, domain?: string): ExpandedHalo | undefined {
  const { halo } = treatment;
  if (!halo) return undefined;
  const amount = (part: string | number, unit: "rows" | "seconds") =>
    typeof part === "number" ? part : toNumber(treatment, part, lookUp(part.slice(1, -1), params, domain), unit);
  if ("rows" in halo) return { rows: Math.ceil(amount(halo.rows, "rows")) };
  return { seconds: halo.seconds.reduce<number>((sum, part) => sum + amount(part, "seconds"), 0) };
}

/**
 * The permissions with the params of one step put in. An entry whose param is null or empty grants nothing.
 *
 * @throws {UsageError} If a param would make something else of an entry than one host or one variable.
 */
export function expandPermissions(treatment: Asking, params: Values): ExpandedPermissions {
  const { net = [], env, ...limits } = treatment.permissions;
  const expected = 'a host such as "db.example.org", "localhost:5432" or "[::1]:5432"';
  const hosts = expandEach(treatment, net, params, NET, expected, bracketed)
    .filter((host) => !EMBEDDED.test(host));
  return {
    net: hosts.filter((host) => !SOCKET_FOLDER.test(host)),
    sockets: hosts.flatMap((host) => {
      const [, folder, port] = SOCKET_FOLDER.exec(host) ?? [];
      return folder === undefined ? [] : [`${folder}/.s.PGSQL.${port}`];
    }),
    env: expandEach(treatment, env ?? [], params, VARIABLE, "the name of an environment variable"),
    ...limits,
  };
}

/** Checks, when a treatment is loaded, that its placeholders name params it declares. */
export function checkPlaceholders(treatment: Asking, where: Where): string[] {
  const { halo, permissions } = treatment;
  const whole = !halo
    ? []
    : "rows" in halo
    ? [{ text: halo.rows, path: ["halo", "rows"] }]
    : halo.seconds.map((text, i) => ({ text, path: ["halo", "seconds", i] }));
  const parts = (["net", "env"] as const).flatMap((key) =>
    (permissions[key] ?? []).map((text, i) => ({ text, path: ["permissions", key, i] }))
  );
  return [
    ...whole.flatMap(({ text, path }) => checkText(treatment, text, within(where, ...path), true)),
    ...parts.flatMap(({ text, path }) => checkText(treatment, text, within(where, ...path), false)),
  ];
}

function checkText(treatment: Asking, text: string | number, where: Where, whole: boolean): string[] {
  if (typeof text === "number") return [];
  const rest = text.replaceAll(PLACEHOLDER, "");
  const paths = [...text.matchAll(PLACEHOLDER)].map((match) => match[1]!);
  if (/[{}]/.test(rest) || (whole && (rest !== "" || paths.length !== 1))) {
    return [problem(where, describeValue(text), whole ? 'a number or "{param}"' : 'text with "{param}" in it')];
  }
  return paths.flatMap((path) => {
    const name = path.split(".")[0]!;
    if (!Object.hasOwn(treatment.params, name)) {
      const names = Object.keys(treatment.params);
      return [
        problem(where, describeValue(text) + didYouMean(name, names), `a param that "params" declares, not "${name}"`),
      ];
    }
    const byDomain = path.includes("[domain]");
    return byDomain && !(whole && treatment.partition.includes("domain"))
      ? [problem(where, describeValue(text), '"[domain]" only in the halo of a partition with "domain"')]
      : [];
  });
}

function lookUp(path: string, params: Values, domain?: string): unknown {
  return path.split(".").reduce<unknown>((value, part) => {
    const key = part === "[domain]" ? domain : part;
    return isObject(value) && key !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
  }, params);
}

function toNumber(treatment: Asking, text: string, value: unknown, unit: "rows" | "seconds"): number {
  if (value === undefined || value === null) return 0;
  try {
    const number = typeof value === "string" && unit === "seconds" ? parseDuration(value) : value;
    if (typeof number === "number" && number >= 0 && number < Infinity) return number;
  } catch { /* told below */ }
  const expected = unit === "rows" ? "a number of rows" : 'seconds, or a duration such as "10s"';
  throw new UsageError(
    `Cannot tell the halo of treatment "${treatment.name}": found ${
      describeValue(value)
    } for ${text}, expected ${expected}`,
  );
}

/** An address of IPv6 has colons of its own: before a port it stands in brackets. */
function bracketed(value: unknown): string {
  return typeof value === "string" && URL.canParse(`http://[${value}]`) ? `[${value}]` : String(value);
}

/** Entries are checked after the params are in: a comma or star in a param must not widen what is granted. */
function expandEach(
  treatment: Asking,
  entries: readonly string[],
  params: Values,
  rule: RegExp,
  expected: string,
  write: (value: unknown) => string = String,
): string[] {
  return entries.flatMap((entry) => {
    let unset = false;
    const text = entry.replaceAll(PLACEHOLDER, (_, path: string) => {
      const value = lookUp(path, params);
      unset ||= value === undefined || value === null || value === "";
      return typeof value === "object" ? JSON.stringify(value) : write(value);
    });
    if (unset) return [];
    if (rule.test(text)) return [text];
    throw new UsageError(
      `Cannot grant ${JSON.stringify(entry)} to treatment "${treatment.name}": found ${
        describeValue(text)
      }, expected ${expected}`,
    );
  });
}
