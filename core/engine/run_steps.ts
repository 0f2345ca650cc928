import { MyxError } from "../contract/errors.ts";
import { hashAhead } from "../data/sha256.ts";
import type { Pool } from "../sandbox/pool.ts";
import { isEmbedded } from "./call.ts";
import { collectGarbage } from "./garbage.ts";
import { lockKept } from "./kept_folder.ts";
import { WHOLE } from "./partition.ts";
import type { StepReport } from "./report.ts";
import type { RunState } from "./run_state.ts";
import { openPool, runStep } from "./step.ts";
import { Tally } from "./tally.ts";
import { foldersDone, type StepState } from "./workspace.ts";

/**
 * Runs one step behind the other. What keeps a step from being planned or finished is in its report.
 *
 * @param resources What is still open when the run ends is closed with them.
 */
export async function runSteps(
  states: readonly StepState[],
  run: RunState,
  resources: AsyncDisposableStack,
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  const pools = new Map<StepState, Pool>();
  const stop = () => Promise.all([run.children.close(), ...[...pools.values()].map((pool) => pool.close())]);
  const endings: Promise<void>[] = [];
  resources.defer(async () => {
    try {
      await Promise.all([stop(), ...endings]);
    } catch {
      // What it could not remove lies in the staging area, with which it is removed, or told.
    }
  });
  // What fails here fails again at the end of the run.
  const onAbort = () => void stop().catch(() => {});
  run.signal.addEventListener("abort", onAbort);
  resources.defer(() => run.signal.removeEventListener("abort", onAbort));
  const open = (state: StepState) => {
    let pool = pools.get(state);
    if (!pool || pool.closed) pools.set(state, pool = openPool(state, run));
    return pool;
  };
  const openEarly = (state: StepState) => {
    try {
      open(state);
    } catch {
      // Tried again when its turn comes, and told as its own failure.
    }
  };
  // A child takes a while to start: the first one while we look what is to do, the next step's while this one works.
  const [first] = states;
  if (first && !run.last && !run.signal.aborted) {
    openEarly(first);
    await pools.get(first)?.warm(); // Else it would wait for us until all that follows here is done.
  }
  readCode(states);
  await hashAhead(states.map(({ settings }) => settings));
  for (const [index, state] of states.entries()) {
    if (run.signal.aborted) break;
    const next = states[index + 1];
    const start = performance.now();
    try {
      await using held = new AsyncDisposableStack();
      const kept = await lockKeptOf(state, run);
      if (kept) {
        held.use(kept);
        held.defer(() => end(state, pools.get(state), run)); // Only then is it nobody's.
      }
      const report = await runStep(state, run, () => open(state), () => {
        if (next && !run.signal.aborted) openEarly(next);
      });
      reports.push(report);
    } catch (error) {
      // Steps that do not read what this one writes go on.
      run.failures.addStep(state);
      run.locked ||= error instanceof MyxError && error.exitCode === 3;
      reports.push(failedReport(state, error, performance.now() - start, run));
    }
    for (const folder of foldersDone(states, index)) run.contents.forget(folder);
    collectGarbage(reports.at(-1)!.files.total);
    // Children take a while to end, and big files to go away.
    endings.push(end(state, pools.get(state), run));
  }
  await Promise.all(endings);
  return reports;
}

/** Reads the code of all steps now, as their treatment.json was: what changes while others work is not what they run. */
function readCode(states: readonly StepState[]): void {
  for (const state of states) {
    try {
      void state.source;
    } catch {
      // Told as the failure of its step.
    }
  }
}

/** Ends a step's children and removes what is left of what they wrote. */
async function end(state: StepState, pool: Pool | undefined, { children }: RunState): Promise<void> {
  try {
    await pool?.close();
    await children.leave(state);
    await Deno.remove(state.staging, { recursive: true });
  } catch {
    // Left to the end of the run, which tells why.
  }
}

/** Locks what a step's treatment keeps from call to call: for the step alone, because others want it meanwhile. */
async function lockKeptOf(state: StepState, run: RunState): Promise<Deno.FsFile | null> {
  const { kept } = state;
  // A server lets several in at once: who loads every minute need not wait for who loads a year.
  if (kept === undefined || !isEmbedded(state)) return null;
  const onWait = (message: string) => run.onEvent({ type: "notice", message });
  return await lockKept(kept, { wait: run.wait, command: run.command, signal: run.signal, onWait });
}

/** The report of a step that could not be planned or finished. */
function failedReport(state: StepState, error: unknown, ms: number, run: RunState): StepReport {
  const tally = new Tally(state, run, 0);
  tally.error(WHOLE, error);
  return { ...tally.report({ partitions: 0, files: 0 }), duration_ms: Math.round(ms) };
}
