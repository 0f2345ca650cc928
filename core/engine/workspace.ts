import { relative, resolve } from "node:path";
import type { ResolvedFlow, ResolvedStep } from "../contract/resolve.ts";
import { redact, secretsOf } from "../contract/secrets.ts";
import type { Treatment } from "../contract/treatment.ts";
import { compareNames } from "../data/naming.ts";
import { sha256 } from "../data/sha256.ts";
import { FORMAT } from "../version.ts";
import { isBound } from "./day_params.ts";
import { realPath } from "./folder.ts";
import { shortName } from "./lock.ts";
import { canonicalJson, readCode } from "./hash.ts";
import { contains } from "../sandbox/grants.ts";

/** Where a flow's state lies: the ledger, locks and staging folders, beside the data. */
export interface Workspace {
  readonly root: string;
  /** The folder `.myx`. */
  readonly state: string;
}

/** A step with its folders and fingerprints worked out. */
export interface StepState {
  readonly step: ResolvedStep;
  /** Real path, as permissions need it; absent where the treatment reads nothing. */
  readonly input?: string;
  /** The input folder as the ledger calls it. */
  readonly inputFolder?: string;
  readonly output: string;
  /** The output folder as the ledger calls it: relative to the root. */
  readonly folder: string;
  /** Names of the steps whose output this one reads. */
  readonly producers: readonly string[];
  /**
   * Gives the hash of the treatment's code, as that was when this was first asked for.
   *
   * @throws {UsageError} If there is a link among it.
   */
  readonly source: () => string;
  /** `<format>:<treatment version>:<hash of the code>`. */
  readonly code: string;
  /** The effective params as text, with the order of keys that counts; bounds left out: those count clipped to each partition. */
  readonly settings: string;
  /** Hash of the settings. */
  readonly params: string;
  /** What the treatment's calls are told and nobody else may see. */
  readonly secrets: readonly string[];
  readonly staging: string;
  /** The folder that the treatment keeps from call to call, if it has one. */
  readonly kept?: string;
}

/** The workspace of a flow. */
export function workspaceOf(flow: ResolvedFlow): Workspace {
  const root = realPath(flow.root);
  return { root, state: `${root}/.myx` };
}

/** Works out each step's folders, and how to get its fingerprints; `names` picks steps, all by default. */
export function stepStates(flow: ResolvedFlow, names?: readonly string[]): StepState[] {
  const { root, state } = workspaceOf(flow);
  const sources = new Map<string, () => string>();
  const sourceOf = ({ codeDir }: Treatment) =>
    sources.get(codeDir) ?? sources.set(codeDir, readCode(codeDir)).get(codeDir)!;
  const codeOf = (treatment: Treatment) => {
    const code = sourceOf(treatment)();
    return treatment.npm === undefined ? code : sha256(code + canonicalJson(treatment.npm));
  };
  const at = (path: string) => resolve(root, path);
  return flow.steps.filter((step) => !names || names.includes(step.name)).map((step) => {
    const { treatment, input } = step;
    const output = realPath(at(step.output));
    const label = (path: string) => contains(root, path) ? relative(root, path) : path;
    const params: Record<string, unknown> = { ...redact(treatment, step.params) };
    for (const name of ["from", "to"] as const) if (isBound(treatment, name)) delete params[name];
    const settings = canonicalJson(params) + orderOf(treatment, params);
    // Hashed when first asked for: by then, the first child is at work.
    const codePrint = once(() => `${FORMAT}:${treatment.version}:${codeOf(treatment)}`);
    const paramsPrint = once(() => sha256(settings));
    const secrets = once(() => secretsOf(treatment, step.params, (name) => Deno.env.get(name)));
    return {
      step,
      output,
      folder: label(output),
      ...(input === undefined ? {} : { input: realPath(at(input)), inputFolder: label(realPath(at(input))) }),
      producers: flow.steps.filter((other) => input !== undefined && at(other.output) === at(input))
        .map((other) => other.name),
      get source() {
        return sourceOf(treatment);
      },
      get code() {
        return codePrint();
      },
      settings,
      get params() {
        return paramsPrint();
      },
      get secrets() {
        return secrets();
      },
      staging: `${state}/staging/${shortName(label(output))}`,
      ...(treatment.permissions.state === undefined ? {} : { kept: `${state}/state/${treatment.permissions.state}` }),
    };
  });
}

/** The folders that step `index` reads or writes and none behind it does. */
export function foldersDone(states: readonly StepState[], index: number): string[] {
  const later = new Set(states.slice(index + 1).flatMap(({ input, output }) => [input, output]));
  const { input, output } = states[index]!;
  return [input, output].filter((folder) => folder !== undefined).filter((folder) => !later.has(folder));
}

/**
 * The keys of objects, where they are not sorted: a treatment may go by their order, as exportnour's columns do. What is merged
 * key by key has no order that anybody wrote, and the names in `properties` say what they are.
 */
function orderOf({ params: specs }: Treatment, params: Readonly<Record<string, unknown>>): string {
  const orders = Object.entries(specs).flatMap(([name, { type, merge, properties }]) => {
    if (type !== "object" || merge === "deep" || properties) return [];
    const keys = Object.keys(params[name] ?? {});
    return keys.every((key, i) => i === 0 || compareNames(keys[i - 1]!, key) < 0) ? [] : [[name, keys]];
  });
  return orders.length ? JSON.stringify(orders) : "";
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
