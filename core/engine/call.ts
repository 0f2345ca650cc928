import { pathToFileURL } from "node:url";
import { MyxError } from "../contract/errors.ts";
import { expandPermissions } from "../contract/placeholders.ts";
import { withSecrets } from "../contract/secrets.ts";
import type { Treatment } from "../contract/treatment.ts";
import { parseFileName } from "../data/naming.ts";
import type { Grants } from "../sandbox/grants.ts";
import type { CallResult, Pool, PoolOptions } from "../sandbox/pool.ts";
import { type Call, folderOf, type JobFile, type RunCall, type RunJob, type Said } from "../sandbox/protocol.ts";
import { tryRemoveFolder } from "../sandbox/take_result.ts";
import { collectStaged, type Staged, type StagedFile } from "./collect.ts";
import type { NamedFile } from "./partition.ts";
import { DEFAULTS, stagingFolders } from "./shared_grants.ts";
import { strikeRejects } from "./strike_rejects.ts";
import { isSettled, type PlannedUnit, rejectsName } from "./plan.ts";
import { type DaySelection, isRange } from "./selection.ts";
import type { StepState } from "./workspace.ts";

const DEFAULT_TIME_S = 3600;
const DEFAULT_OUTPUT_FILES = 100_000;
/** Each retry waits twice as long as the one before, up to this. */
const MAX_DELAY_S = 600;

/** What one call brought for one partition. */
export interface CallOutcome extends Said {
  /** The folder that holds what the call wrote for it. */
  readonly folder: string;
  readonly staged: Staged;
  readonly rejects: number;
}

/** How to call. */
export interface CallOptions {
  readonly now: number;
  readonly replace: boolean;
  readonly days: DaySelection;
  readonly anew: boolean;
  readonly strict: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (part: number) => void;
}

/** What the children of a step may touch, which write below `write`, and how much time and room a call may take. */
export function grantsOf(
  state: StepState,
  write = stagingFolders(state).calls,
): { grants: Grants; limits: Pick<PoolOptions, "timeS" | "output" | "secrets"> } {
  const { treatment, params } = state.step;
  const { net, env, sockets, memory_mb, time_s, output_mb, output_files } = expandPermissions(treatment, params);
  const read = [...(state.input === undefined ? [] : [state.input]), treatment.codeDir];
  // Raw files may be links into an archive; package managers link what they install, and ours is trusted.
  const hardLinks = [
    ...(state.input !== undefined && !state.producers.length ? [state.input] : []),
    ...(treatment.origin === "built-in" ? [treatment.dir] : []),
  ];
  const memoryMb = memory_mb ?? DEFAULTS.memoryMb;
  return {
    grants: {
      read,
      write,
      net,
      env,
      // A path that can be read and written: not for code that is not ours.
      sockets: treatment.origin === "built-in" ? sockets : [],
      memoryMb,
      ...(state.kept === undefined ? {} : { state: state.kept }),
      hardLinks,
      builtIn: treatment.origin === "built-in",
      ...(treatment.npm === undefined ? {} : { lock: `${state.staging}/deno.lock` }),
    },
    limits: {
      timeS: time_s ?? DEFAULT_TIME_S,
      output: { megabytes: output_mb ?? DEFAULTS.fileMb, files: output_files ?? DEFAULT_OUTPUT_FILES },
      secrets: state.secrets,
    },
  };
}

/** Whether the database of a step lies in the folder that the step keeps: it connects to nothing. */
export function isEmbedded(state: StepState): boolean {
  const { net, sockets = [] } = grantsOf(state).grants;
  return net.length === 0 && sockets.length === 0;
}

/**
 * Computes one partition, several files or several small partitions, by one call into a staging folder of its own. What
 * fails in the treatment is tried again, after a pause, where the step has retries left; a result that cannot be used would
 * be the same the next time, and what fails for several is to be tried for each.
 *
 * @returns What it brought for each, in order.
 * @throws If the treatment fails, or with `strict` if it rejects anything.
 */
export async function callTreatment(
  state: StepState,
  units: readonly PlannedUnit[],
  pool: Pool,
  options: CallOptions,
): Promise<CallOutcome[]> {
  for (const { broken } of units) if (broken) throw new MyxError(broken);
  const { step: { treatment, retries, retry_delay_s } } = state;
  let result: CallResult;
  for (let attempt = 0;; attempt++) {
    try {
      result = await callOnce(state, units, pool, options);
      break;
    } catch (error) {
      if (units.length > 1 || attempt >= retries || options.signal.aborted || pool.blocked) throw error;
      await pause(Math.min(retry_delay_s * 2 ** attempt, MAX_DELAY_S), options.signal);
    }
  }
  try {
    const outcomes = (await shareOut(units, result, treatment)).map(({ staged, ...share }) => ({
      ...share,
      staged: { ...staged, rejects: strikeRejects(staged.rejects, state.secrets) },
      rejects: [...staged.rejects.values()].reduce((sum, file) => sum + countLines(file), 0),
    }));
    const rejects = outcomes.reduce((sum, { rejects }) => sum + rejects, 0);
    if (options.strict && rejects) throw strictError(state, rejects);
    return outcomes;
  } catch (error) {
    await discard(result); // What is made again needs the room.
    throw error;
  }
}

/** Whether a call on these is one run of the treatment behind the other, and not one on several files. */
function areSeveral(units: readonly PlannedUnit[], { pack }: Treatment): boolean {
  return units.length > 1 && !pack;
}

/** What each partition has of a call. */
async function shareOut(
  units: readonly PlannedUnit[],
  result: CallResult,
  treatment: Treatment,
): Promise<Omit<CallOutcome, "rejects">[]> {
  const { metrics, warnings, several, folder } = result;
  if (areSeveral(units, treatment)) {
    if (several.length !== units.length) throw new MyxError("It did not say of each partition what it did");
    return await Promise.all(units.map(async (unit, i) => {
      const own = folderOf(folder, i);
      return { ...several[i]!, folder: own, staged: await collectStaged(own, treatment, [rejectsName(unit)]) };
    }));
  }
  const staged = await collectStaged(folder, treatment, units.map(rejectsName));
  return units.length === 1 ? [{ metrics, warnings, folder, staged }] : shareFiles(units, result, staged);
}

/** What each of several files has of a call: what the call says it wrote for it, and what it names nobody for. */
function shareFiles(
  units: readonly PlannedUnit[],
  { files, folder }: CallResult,
  staged: Staged,
): Omit<CallOutcome, "rejects">[] {
  const claimed = new Set(units.flatMap(({ key }) => files.get(key)?.wrote ?? []));
  const common = [...staged.files].filter(([name]) => !claimed.has(name));
  return units.map((unit) => {
    const { wrote = [], ...said } = files.get(unit.key) ?? { metrics: {}, warnings: [] };
    const own = wrote.flatMap((name) => {
      const parts = staged.files.get(name);
      return parts ? [[name, parts] as const] : [];
    });
    const rejects = staged.rejects.get(rejectsName(unit));
    return {
      ...said,
      folder,
      staged: {
        files: new Map([...own, ...common]),
        rejects: new Map(rejects === undefined ? [] : [[rejectsName(unit), rejects]]),
      },
    };
  });
}

/** What `--strict` says of a partition with rejects. */
export function strictError(state: StepState, rejects: number): MyxError {
  return new MyxError(`${rejects} input lines or values were rejected, and --strict allows none`, {
    fix: `Run without --strict to see them in ${state.folder}/_rejects/`,
  });
}

/** Removes a call's staging folder, without keeping anybody from work: a big file takes a while. */
export async function discard({ folder }: Pick<CallOutcome, "folder">): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch {
    tryRemoveFolder(folder);
  }
}

function callOnce(
  state: StepState,
  units: readonly PlannedUnit[],
  pool: Pool,
  options: CallOptions,
): Promise<CallResult> {
  const call: Call = areSeveral(units, state.step.treatment)
    ? { kind: "several", runs: units.map((unit) => callOn(state, [unit], options)) }
    : callOn(state, units, options);
  return pool.run(call, (done, total) => options.onProgress(total > 0 ? Math.min(done / total, 1) : 0));
}

/** A call of the treatment on a partition, or on several files at once. */
function callOn(
  state: StepState,
  units: readonly PlannedUnit[],
  { now, replace, days, anew, strict }: CallOptions,
): RunCall {
  const { step: { treatment, params } } = state;
  const [unit, ...more] = units as [PlannedUnit, ...PlannedUnit[]];
  return {
    kind: "run",
    entry: entryOf(treatment),
    input: state.input ?? "",
    params: withSecrets(params, (name) => Deno.env.get(name)),
    files: units.flatMap((unit) => inputFiles(unit, now)),
    partition: more.length ? {} : unit.partition,
    replace,
    ...(isRange(days) ? { days } : {}),
    anew,
    strict,
    folder: state.folder,
    ...(state.kept === undefined ? {} : { state: state.kept }),
    ...(more.length ? {} : { rejects: rejectsName(unit) }),
    provenance: provenanceOf(state, unit),
  };
}

/** The URL of the module that a treatment is. */
export function entryOf({ dir }: Pick<Treatment, "dir">): string {
  return pathToFileURL(`${dir}/run.ts`).href;
}

/** What the files say about where they come from. Raw files are left out: how rows are split over them must not show. */
export function provenanceOf(state: StepState, unit?: PlannedUnit): RunJob["provenance"] {
  const { treatment } = state.step;
  const inputs = unit && !treatment.partition.includes("file")
    ? { inputs: Object.fromEntries(unit.own.map(({ name }) => [name, unit.contents.get(name)!.sha256])) }
    : {};
  return { treatment: treatment.name, treatment_version: treatment.version, params: state.params, ...inputs };
}

function inputFiles({ own, halo, contents, unhashed }: PlannedUnit, now: number): JobFile[] {
  const describe = (file: NamedFile, role: JobFile["role"]): JobFile => {
    const { name, size } = file;
    // Of a partition that is a file, names are not looked at before.
    const { source, domain, day, window } = file.source === undefined ? parseFileName(name) ?? file : file;
    const known = unhashed ? undefined : contents.get(name)!;
    const described = {
      name,
      role,
      size,
      ...(known ? { sha256: known.sha256 } : {}),
      settled: isSettled(file, now),
      ...(typeof known?.rows === "number" ? { rows: known.rows } : {}),
    };
    if (source === undefined) return described;
    return { ...described, source, domain: domain!, day: day!, ...(window ? { window } : {}) };
  };
  return [...own.map((file) => describe(file, "own")), ...halo.map((file) => describe(file, "halo"))]
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function countLines({ path, size }: StagedFile): number {
  let lines = 0;
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(2 ** 16);
  for (let left = size; left > 0;) {
    const read = file.readSync(buffer.subarray(0, left));
    if (read === null) break;
    left -= read;
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
