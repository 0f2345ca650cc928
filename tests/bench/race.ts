/** One workload: product and peers in turn on the same files, their outputs compared, their costs as medians. */
import { compareOutputs, type Comparison } from "./compare.ts";
import { median, ratioToBest } from "./figures.ts";
import { type Peer, runPeer } from "./peers.ts";
import { type Step, STEPS, type StepTimes } from "./peers/rules.ts";
import { clear, makeProject, runFlow } from "./product.ts";
import { files } from "./recording.ts";
import type { Run } from "./run_command.ts";
import type { Workload } from "./workloads.ts";

/** Costs of one contestant, medians of all timed runs. */
export interface Costs {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes?: number;
  readonly steps: StepTimes;
  readonly runs: number;
}

/** Ours against the best peer. */
export interface Ratio {
  readonly best: string;
  readonly ratio: number;
}

/** What a race has shown. */
export interface Result {
  readonly workload: Workload;
  readonly bytes: number;
  readonly files: number;
  readonly ours: Costs;
  readonly peers: ReadonlyMap<string, Costs>;
  /** Against the peers whose output equals ours; nothing if there are none. */
  readonly total: Ratio | undefined;
  readonly steps: Readonly<Record<Step, Ratio | undefined>>;
  readonly comparisons: ReadonlyMap<string, Comparison>;
}

export interface RaceOptions {
  /** Less care in less time: only the last step of larger workloads is compared. */
  readonly quick: boolean;
  /** When timed rounds have to end, by the clock of `performance.now()`; without time for any, the first one counts. */
  readonly deadline: number;
}

type Timed = Run & { readonly steps: StepTimes };
type Contestant = (memory: boolean) => Promise<Timed>;

/** A peer this much slower than the best one of the first round is not run again: it decides nothing. */
const HOPELESS = 2;
/** What `--quick` compares step by step. */
const SMALL_BYTES = 20e6;

/** The peers of a race that came near the best one. */
export function hopeful({ peers, total }: Result): Set<string> {
  const best = total ? peers.get(total.best)!.wallMs : NaN;
  return new Set([...peers].flatMap(([name, { wallMs }]) => wallMs <= HOPELESS * best ? [name] : []));
}

/** Runs one race in a folder of its own. */
export async function race(
  workload: Workload,
  dir: string,
  peers: readonly Peer[],
  options: RaceOptions,
): Promise<Result> {
  const project = makeProject(`${dir}/project`, workload.rules);
  await workload.make(project);
  const rules = `${dir}/rules.json`;
  Deno.writeTextFileSync(rules, JSON.stringify(workload.rules));
  const raw = files(project.raw);
  const bytes = raw.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
  const outputs = new Map(peers.map((peer, i) => [peer.name, `${dir}/peer-${i}`]));
  const product: Contestant = (memory) => {
    clear(project);
    return runFlow(project, [], { memory });
  };
  const rivals = peers.map((peer): [string, Contestant] => [peer.name, (memory) => {
    const out = outputs.get(peer.name)!;
    if (exists(out)) Deno.removeSync(out, { recursive: true });
    return runPeer(peer, project.raw, out, rules, { memory });
  }]);

  // The first round fills the caches, and is the one in which memory is sampled.
  const first = await round([["", product], ...rivals], true);
  const steps: readonly Step[] = options.quick && bytes > SMALL_BYTES ? ["aggregate"] : STEPS;
  const comparisons = await compareOutputs(project.out, outputs, steps);
  // Who did other work, or none, has no time that counts.
  const equal = rivals.filter(([name]) => comparisons.get(name)!.different === 0);
  const best = Math.min(...equal.map(([name]) => first.get(name)!.wallMs));
  const close = equal.filter(([name]) => first.get(name)!.wallMs <= HOPELESS * best);
  const again: [string, Contestant] = ["", product];
  const order = close.length ? close.flatMap((rival) => [again, rival]) : [again];
  const timed = new Map<string, Timed[]>();
  let roundMs = order.reduce((sum, [name]) => sum + first.get(name)!.wallMs, 0);
  for (let i = 0; i < workload.rounds && performance.now() + roundMs < options.deadline; i++) {
    const start = performance.now();
    for (const [name, contestant] of order) {
      const run = await contestant(false);
      timed.set(name, [...timed.get(name) ?? [], run]);
    }
    roundMs = performance.now() - start;
  }
  const costs = new Map([...first].map(([name, run]) => [name, costsOf(run, timed.get(name) ?? [run])]));
  const ours = costs.get("")!;
  costs.delete("");
  const against = (value: (costs: Costs) => number) =>
    ratioToBest(value(ours), new Map(equal.map(([name]) => [name, value(costs.get(name)!)])));
  return {
    workload,
    bytes,
    files: raw.length,
    ours,
    peers: costs,
    total: against(({ wallMs }) => wallMs),
    steps: byStep((step) => against(({ steps }) => steps[step])),
    comparisons,
  };
}

async function round(contestants: readonly (readonly [string, Contestant])[], memory: boolean) {
  const runs = new Map<string, Timed>();
  for (const [name, contestant] of contestants) runs.set(name, await contestant(memory));
  return runs;
}

function costsOf({ peakBytes }: Timed, runs: readonly Timed[]): Costs {
  const of = (value: (run: Timed) => number) => median(runs.map(value));
  return {
    wallMs: of(({ wallMs }) => wallMs),
    cpuMs: of(({ cpuMs }) => cpuMs),
    ...(peakBytes ? { peakBytes } : {}),
    steps: byStep((step) => of(({ steps }) => steps[step])),
    runs: runs.length,
  };
}

function byStep<T>(value: (step: Step) => T): Record<Step, T> {
  return Object.fromEntries(STEPS.map((step) => [step, value(step)])) as Record<Step, T>;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
