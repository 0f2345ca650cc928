import { toFileUrl } from "@std/path";
import { MyxError } from "../contract/errors.ts";
import { expandPermissions } from "../contract/placeholders.ts";
import { withSecrets } from "../contract/secrets.ts";
import type { InputFile } from "../contract/context.ts";
import type { Grants } from "../sandbox/grants.ts";
import type { CallResult, Pool } from "../sandbox/pool.ts";
import type { RunJob } from "../sandbox/protocol.ts";
import { collectStaged, type Staged } from "./collect.ts";
import { isSettled, type PlannedUnit } from "./plan.ts";
import type { StepState } from "./workspace.ts";

const DEFAULT_MEMORY_MB = 2048;
const DEFAULT_TIME_S = 3600;
/** Each retry waits twice as long as the one before, up to this. */
const MAX_DELAY_S = 600;

/** What one call brought. */
export interface CallOutcome extends CallResult {
  readonly staged: Staged;
  readonly rejects: number;
}

/** How to call. */
export interface CallOptions {
  readonly now: number;
  readonly strict: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (part: number) => void;
}

/** The folders of a step's staging area. */
export function stagingFolders(state: StepState): { readonly calls: string; readonly merged: string } {
  return { calls: `${state.staging}/calls`, merged: `${state.staging}/merged` };
}

/** What the children of a step may touch, and how long a call may take. */
export function grantsOf(state: StepState): { grants: Grants; timeS: number } {
  const { treatment, params } = state.step;
  const { net, env, memory_mb, time_s } = expandPermissions(treatment, params);
  const read = [...(state.input === undefined ? [] : [state.input]), treatment.dir];
  return {
    grants: { read, write: stagingFolders(state).calls, net, env, memoryMb: memory_mb ?? DEFAULT_MEMORY_MB },
    timeS: time_s ?? DEFAULT_TIME_S,
  };
}

/**
 * Computes one partition into a staging folder of its own, again after a pause where the step has retries left.
 *
 * @throws If the treatment fails, or with `strict` if it rejects anything.
 */
export async function callTreatment(
  state: StepState,
  unit: PlannedUnit,
  pool: Pool,
  options: CallOptions,
): Promise<CallOutcome> {
  if (unit.broken) throw new MyxError(unit.broken);
  const { retries, retry_delay_s } = state.step;
  for (let attempt = 0;; attempt++) {
    try {
      return await callOnce(state, unit, pool, options);
    } catch (error) {
      if (attempt >= retries || options.signal.aborted) throw error;
      await pause(Math.min(retry_delay_s * 2 ** attempt, MAX_DELAY_S), options.signal);
    }
  }
}

async function callOnce(
  state: StepState,
  unit: PlannedUnit,
  pool: Pool,
  options: CallOptions,
): Promise<CallOutcome> {
  const { step: { treatment, params } } = state;
  const output = Deno.makeTempDirSync({ dir: stagingFolders(state).calls });
  const result = await pool.run(
    {
      kind: "run",
      entry: toFileUrl(`${treatment.dir}/run.ts`).href,
      input: state.input ?? "",
      output,
      params: withSecrets(params, (name) => Deno.env.get(name)),
      files: inputFiles(unit, options.now),
      partition: unit.partition,
      provenance: provenanceOf(state, unit),
    },
    (done, total) => options.onProgress(total > 0 ? Math.min(done / total, 1) : 0),
  );
  const staged = collectStaged(output, treatment);
  const rejects = [...staged.rejects.values()].reduce((sum, path) => sum + countLines(path), 0);
  if (options.strict && rejects) {
    throw new MyxError(`${rejects} input lines or values were rejected, and --strict allows none`, {
      fix: `Run without --strict to see them in ${state.folder}/_rejects/`,
    });
  }
  return { ...result, staged, rejects };
}

/** What the files say about where they come from. Raw files are left out: how rows are split over them must not show. */
export function provenanceOf(state: StepState, unit?: PlannedUnit): RunJob["provenance"] {
  const { treatment } = state.step;
  const inputs = unit && !treatment.partition.includes("file")
    ? { inputs: Object.fromEntries(unit.own.map(({ name }) => [name, unit.contents.get(name)!.sha256])) }
    : {};
  return { treatment: treatment.name, treatment_version: treatment.version, params: state.params, ...inputs };
}

function inputFiles(unit: PlannedUnit, now: number): InputFile[] {
  const describe = (role: InputFile["role"]) => (file: PlannedUnit["own"][number]): InputFile => {
    const { name, path, size, source, domain, day, window } = file;
    const named = source === undefined ? {} : { source, domain: domain!, day: day!, ...(window ? { window } : {}) };
    return { name, path, role, size, settled: isSettled(file, now), ...named };
  };
  return [...unit.own.map(describe("own")), ...unit.halo.map(describe("halo"))]
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function countLines(path: string): number {
  let lines = 0;
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(2 ** 16);
  for (let read = file.readSync(buffer); read !== null; read = file.readSync(buffer)) {
    for (let i = 0; i < read; i++) if (buffer[i] === 10) lines++;
  }
  return lines;
}

/** Waits, but not beyond an interruption. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener("abort", end);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}
