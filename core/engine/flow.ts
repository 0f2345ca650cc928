/** A run of a flow: locks, then one step behind the other, and a report. */
import { dirname } from "node:path";
import type { ExitCode } from "../contract/errors.ts";
import { withSecrets } from "../contract/secrets.ts";
import type { ResolvedFlow } from "../contract/resolve.ts";
import { lookForTools, requireWall, type Wall } from "../sandbox/launch.ts";
import { tryRemoveFolder } from "../sandbox/take_result.ts";
import { DEFAULTS, stagingFolders } from "./shared_grants.ts";
import { checkRun } from "./check_inputs.ts";
import { Contents } from "./contents.ts";
import { type EndedRun, Ledger } from "./ledger.ts";
import { withDays } from "./day_params.ts";
import { explainDisk } from "./disk_error.ts";
import { Failures } from "./failures.ts";
import { hostname, lockFolder } from "./lock.ts";
import { lockMachine } from "./machine_lock.ts";
import { openLog } from "./log.ts";
import { removeTemporaries } from "./publish.ts";
import type { FlowEvent, FlowReport } from "./report.ts";
import type { RunState } from "./run_state.ts";
import { runSteps } from "./run_steps.ts";
import { Stamps } from "./seal.ts";
import { makeShared } from "./shared_state.ts";
import { SharedChildren } from "./shared_children.ts";
import { type StepState, stepStates, type Workspace, workspaceOf } from "./workspace.ts";

/** How staging folders are called that only another user can remove. */
const LEFT = ".left-";

/** How to run a flow. */
export interface FlowOptions {
  /** Compute only what is stale. */
  readonly last?: boolean;
  /** First UTC day to (re)process, `YYYY-MM-DD`. */
  readonly from?: string;
  /** Last UTC day to (re)process. */
  readonly to?: string;
  readonly outputMode?: RunState["outputMode"];
  /** How many partitions to compute side by side; by default as many as there are cores. */
  readonly jobs?: number;
  /** A second wall around treatments, besides Deno's permissions. */
  readonly wall?: Wall;
  /** How many bytes of raw files to parse before their outputs are published; 512 MiB by default. */
  readonly batchBytes?: number;
  /** Take any reject as a failure. */
  readonly strict?: boolean;
  /** Wait for other runs that write the same folders. */
  readonly wait?: boolean;
  /** Names of the steps to run; all by default. */
  readonly steps?: readonly string[];
  readonly onEvent?: (event: FlowEvent) => void;
  readonly signal?: AbortSignal;
  /** Keep stack traces in the report. */
  readonly debug?: boolean;
  /** What time it is, in milliseconds since 1970: how long files have been left alone is judged by it. */
  readonly now?: number;
  /** What the lock file tells other runs we are. */
  readonly command?: string;
}

/**
 * Runs a flow and reports what it did. Failures of partitions are in the report; only what keeps the run from starting
 * is thrown.
 */
export async function runFlow(selected: ResolvedFlow, options: FlowOptions = {}): Promise<FlowReport> {
  const flow = withDays(selected, options);
  const start = performance.now();
  // Answered by the time that the first child is to start.
  const tools = options.last ? undefined : lookForTools(DEFAULTS);
  const runId = `${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}-${crypto.randomUUID().slice(0, 4)}`;
  const first = stepStates(flow, options.steps);
  checkRun(first);
  requireWall(options.wall);
  for (const { step: { params } } of first) withSecrets(params, (name) => Deno.env.get(name)); // A missing one ends it here.
  for (const { output } of first) makeFolder(output);
  // Once more: only now are all paths real.
  const workspace = workspaceOf(flow);
  const states = stepStates(flow, options.steps);
  const onEvent = options.onEvent ?? (() => {});
  const warn = (message: string) => onEvent({ type: "notice", message });
  await using resources = new AsyncDisposableStack();
  const { log, close } = openLog(flow.project.dir, warn);
  resources.defer(close);
  await takeLocks(workspace, states, options, resources, warn);
  const ledger = Ledger.open(workspace.state, (aside) => {
    warn(`The ledger was damaged and is set aside as "${aside}"; all is computed anew`);
  });
  resources.defer(() => ledger.close());
  let ended: EndedRun = "error";
  ledger.startRun(flow.name, runId);
  resources.defer(() => {
    try {
      ledger.endRun(runId, ended);
    } catch (error) {
      // What the run did is worth more than that this is noted.
      warn(`${(error as Error).message}; "status" will take this run for a killed one`);
    }
  });
  resources.defer(() => {
    try {
      removeStaging(states);
    } catch (error) {
      // The run has done what it did, and the next one clears it away.
      warn((error as Error).message);
    }
  });
  prepareFolders(states);

  const signal = options.signal ?? new AbortController().signal;
  const jobs = options.jobs ?? navigator.hardwareConcurrency;
  const wall = options.wall ? { wall: options.wall } : {};
  const days = { ...(options.from ? { from: options.from } : {}), ...(options.to ? { to: options.to } : {}) };
  const now = options.now ?? Date.now();
  const run: RunState = {
    runId,
    flow: flow.name,
    ledger,
    contents: new Contents(ledger),
    log,
    onEvent,
    last: options.last ?? false,
    outputMode: options.outputMode ?? "append",
    days,
    strict: options.strict ?? false,
    debug: options.debug ?? false,
    jobs,
    ...wall,
    children: new SharedChildren(states, { jobs, ...wall }),
    wait: options.wait ?? false,
    command: options.command ?? "myx",
    batchBytes: options.batchBytes ?? 512 * 2 ** 20,
    now,
    signal,
    changed: new Set(),
    failures: new Failures(),
    stamps: new Stamps(now),
    seals: new Map(),
    locked: false,
  };
  log({ run_id: runId, flow: flow.name, status: "start" });
  await tools;
  const steps = await runSteps(states, run, resources);
  ledger.seal(run.seals);
  const failed = steps.some(({ status }) => status === "error");
  const idle = !run.changed.size && steps.every(({ partitions }) => !partitions.computed);
  const [status, exit_code] = outcome(signal.aborted, failed, run.last && idle, run.locked);
  ended = status;
  const duration_ms = Math.round(performance.now() - start);
  log({ run_id: runId, flow: flow.name, status: exit_code ? "error" : "success", duration_ms });
  return {
    run_id: runId,
    flow: flow.name,
    ...(flow.dataset ? { dataset: flow.dataset } : {}),
    root: flow.root,
    status,
    exit_code,
    duration_ms,
    steps,
  };
}

function outcome(
  aborted: boolean,
  failed: boolean,
  idle: boolean,
  locked: boolean,
): [FlowReport["status"], ExitCode] {
  if (aborted) return ["interrupted", 130];
  if (locked) return ["error", 3];
  if (failed) return ["error", 1];
  return [idle ? "up-to-date" : "success", 0];
}

/** Locks the dataset for this machine, then all output folders in one order, so that two runs cannot wait for each other. */
async function takeLocks(
  { state }: Workspace,
  states: readonly StepState[],
  options: FlowOptions,
  resources: AsyncDisposableStack,
  warn: (message: string) => void,
): Promise<void> {
  const command = options.command ?? "myx";
  const { wait = false, signal } = options;
  const machine = await lockMachine(state, hostname(), { wait, command, onWait: warn, ...(signal ? { signal } : {}) });
  resources.defer(() => machine.close());
  for (const output of states.map(({ output }) => output).sort()) {
    const lock = await lockFolder(output, { wait, command, onWait: warn, ...(signal ? { signal } : {}) });
    resources.defer(() => lock.close());
  }
}

function makeFolder(path: string): void {
  inFolder(path, () => Deno.mkdirSync(path, { recursive: true }));
}

/** Makes staging folders, and clears what a killed run left in them and in the output folders; the locks are ours. */
function prepareFolders(states: readonly StepState[]): void {
  for (const { output } of states) {
    inFolder(output, () => {
      for (const folder of [output, `${output}/_rejects`]) removeTemporaries(folder);
    });
  }
  for (const parent of new Set(states.map(({ staging }) => dirname(staging)))) {
    inFolder(parent, () => {
      makeShared(parent);
      for (const { name } of [...Deno.readDirSync(parent)]) {
        if (name.startsWith(LEFT)) tryRemoveFolder(`${parent}/${name}`);
      }
    });
  }
  removeStaging(states);
  // What a child is granted must be there before it starts.
  for (const state of states) makeFolder(stagingFolders(state).results);
}

function removeStaging(states: readonly StepState[]): void {
  for (const { staging } of states) {
    inFolder(staging, () => {
      try {
        Deno.removeSync(staging, { recursive: true });
      } catch (error) {
        if (error instanceof Deno.errors.PermissionDenied) moveAway(staging);
        else if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    });
  }
}

/**
 * Takes what a killed run of another user has left, whose umask keeps us from what is in it, out of the way; the next run of
 * that user removes it.
 */
function moveAway(staging: string): void {
  Deno.renameSync(staging, `${dirname(staging)}/${LEFT}${crypto.randomUUID().slice(0, 8)}`);
}

/** Does `work` in a folder, whose name goes with what the system says. */
function inFolder(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw explainDisk(error, `"${path}"`);
  }
}
