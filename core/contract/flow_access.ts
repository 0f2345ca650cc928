import { UsageError } from "./errors.ts";
import type { Flow } from "./flow.ts";
import { expandPermissions } from "./placeholders.ts";
import { resolveParams } from "./resolve_params.ts";
import { namedSecrets } from "./secrets.ts";
import type { Treatment } from "./treatment.ts";

/** What the steps of a flow reach beside its folders, with the flow's own params put in. */
export interface FlowAccess {
  /** Hosts, and paths of unix sockets: a database behind one may ask for no password. */
  readonly net: readonly string[];
  /** Environment variables: those that its treatments read, and those that it hands to them by `{env:NAME}`. */
  readonly env: readonly string[];
}

/**
 * Works out what a flow reaches. A flow from elsewhere sets params, also of built-in treatments: the host that data is sent
 * to, the variable that a password is read from.
 *
 * @param treatments Those of its steps, in their order; `undefined` stands for one that cannot be used.
 */
export function flowAccess(flow: Flow, treatments: readonly (Treatment | undefined)[]): FlowAccess {
  const net = new Set<string>();
  const env = new Set<string>([flow.params, ...flow.steps.map((step) => step.params ?? {})].flatMap(namedSecrets));
  for (const [i, step] of flow.steps.entries()) {
    const treatment = treatments[i];
    if (!treatment) continue;
    const where = { file: flow.path ?? flow.name, path: [] };
    const params = resolveParams(flow, step, treatment, { now: Temporal.Now.instant() }, where, []);
    try {
      const reached = expandPermissions(treatment, params);
      for (const host of [...reached.net, ...reached.sockets]) net.add(host);
      for (const name of reached.env) env.add(name);
    } catch (error) {
      // What is no host at all is told where the step is resolved, and reaches nothing.
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return { net: [...net].sort(), env: [...env].sort() };
}

/** What a flow from elsewhere reaches beyond what `myx.lock` grants it, one line each. */
export function findFlowExcess(flow: Flow, treatments: readonly (Treatment | undefined)[]): string[] {
  const { granted } = flow;
  if (granted === undefined) return [];
  const reached = flowAccess(flow, treatments);
  const excess = (["net", "env"] as const).flatMap((kind) =>
    reached[kind].filter((entry) => !granted[kind].includes(entry)).map((entry) =>
      kind === "net" ? `connect to "${entry}"` : `use the environment variable "${entry}"`
    )
  );
  return excess.map((what) =>
    `Cannot run flow "${flow.name}": its steps ${what}, which myx.lock does not grant; look at it and grant it with: ` +
    `deno task update ${flow.name}`
  );
}
