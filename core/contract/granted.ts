import { UsageError } from "./errors.ts";
import { expandPermissions } from "./placeholders.ts";
import type { Permissions, Treatment } from "./treatment.ts";

/** Permissions that are amounts, and what they are amounts of. */
const LIMITS = {
  memory_mb: "MB of memory",
  time_s: "seconds a call",
  output_mb: "MB of output a call",
  output_files: "files a call",
} as const;

/**
 * What a treatment from elsewhere asks for beyond what `myx.lock` grants, one line each, with the params of one step put in.
 * A grant is text as treatment.json has it, or the host or variable itself, so that who runs the server can narrow
 * `{host}:{port}` down to one host.
 */
export function findUngranted(treatment: Treatment, params: Readonly<Record<string, unknown>>): string[] {
  const { granted, permissions, name } = treatment;
  if (granted === undefined) return [];
  const lines: string[] = [];
  const ask = (what: string, allowed: string) =>
    lines.push(
      `Cannot run treatment "${name}": it asks to ${what}, but myx.lock grants ${allowed}; look at it and grant it with: ` +
        `deno task update ${name}`,
    );
  for (const [kind, verb] of [["net", "connect to"], ["env", "read the environment variable"]] as const) {
    const allowed = granted[kind] ?? [];
    const isAllowed = (text: string) => allowed.includes(text);
    const all = allowed.length === 0 ? "none" : `only ${allowed.map((text) => `"${text}"`).join(", ")}`;
    for (const entry of permissions[kind] ?? []) {
      const values = isAllowed(entry) ? [] : expandOne(treatment, kind, entry, params);
      for (const value of values) if (!isAllowed(value)) ask(`${verb} "${value}"`, all);
    }
  }
  for (const [key, what] of Object.entries(LIMITS)) {
    const asked = permissions[key as keyof typeof LIMITS];
    const limit = granted[key as keyof typeof LIMITS];
    if (asked === undefined || (limit !== undefined && asked <= limit)) continue;
    ask(`use ${asked} ${what}`, limit === undefined ? "no more than usual" : `only ${limit}`);
  }
  return lines;
}

function expandOne(
  treatment: Treatment,
  kind: "net" | "env",
  entry: string,
  params: Readonly<Record<string, unknown>>,
): readonly string[] {
  try {
    return expandPermissions({ ...treatment, permissions: { [kind]: [entry] } }, params)[kind];
  } catch (error) {
    // An entry that can never be granted is told where the step is run or checked.
    if (error instanceof UsageError) return [entry];
    throw error;
  }
}

/** Kinds of access that no treatment.json can ask for, and what to do without. */
const NEVER = ["ffi", "run", "sys", "read", "write", "import"];

/** Problems of a treatment.json that asks for what is never granted, whoever asks. */
export function findForbidden(permissions: unknown, file: string): string[] {
  if (typeof permissions !== "object" || permissions === null) return [];
  return NEVER.filter((kind) => Object.hasOwn(permissions, kind)).map((kind) =>
    `Cannot use permissions.${kind} of "${file}": "${kind}" is never granted to a treatment; it reads its input, writes its ` +
    `output, and may ask for net, env, ${Object.keys(LIMITS).slice(0, -1).join(", ")} and ${Object.keys(LIMITS).at(-1)}`
  );
}

/** What a treatment asks for, in words, one line each; nothing: it asks for nothing. */
export function describePermissions(permissions: Permissions): string[] {
  const { net = [], env = [], state } = permissions;
  return [
    ...net.map((entry) => `connect to ${entry}`),
    ...env.map((entry) => `read the environment variable ${entry}`),
    ...(state === undefined ? [] : [`keep files of its own with the dataset, in .myx/state/${state}`]),
    ...Object.entries(LIMITS).flatMap(([key, what]) => {
      const amount = permissions[key as keyof typeof LIMITS];
      return amount === undefined ? [] : [`use up to ${amount} ${what}`];
    }),
  ];
}
