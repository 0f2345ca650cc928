import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { MyxError } from "../contract/errors.ts";
import { isThere } from "../contract/project.ts";
import type { ResolvedFlow } from "../contract/resolve.ts";
import { withSecrets } from "../contract/secrets.ts";
import { MORE_MEMORY } from "../sandbox/child.ts";
import { Pool } from "../sandbox/pool.ts";
import { removeFolder, tryRemoveFolder } from "../sandbox/take_result.ts";
import { grantsOf, isEmbedded, provenanceOf } from "./call.ts";
import { stagingFolders } from "./shared_grants.ts";
import { dataIn, lockKept } from "./kept_folder.ts";
import { type LockOptions, openLock } from "./lock.ts";
import { type StepState, stepStates } from "./workspace.ts";

/** Something of ours to be run on the database of a step. */
export interface DatabaseCall extends LockOptions {
  /** Path of a module like a treatment's `run.ts`. */
  readonly entry: string;
  /** What it is told beside the params of the step. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Addresses it may use beside those of the step. */
  readonly net?: readonly string[];
  /** Wall-clock seconds it may take; by default as many as the step. */
  readonly timeS?: number;
  /** Told each time that it tells how far it is. */
  readonly onProgress?: () => void;
}

/** The step of a flow that a {@linkcode DatabaseCall} is about. */
export function databaseStep(flow: ResolvedFlow, name: string): StepState {
  return stepStates(flow, [name])[0]!;
}

/**
 * Refuses an embedded database that is not there: opening it would make it, which takes seconds to tell that it is empty.
 *
 * @throws {MyxError} If nothing was loaded yet.
 */
export function requireDatabase(state: StepState): void {
  if (!isEmbedded(state) || isThere(dataIn(state.kept!), "isDirectory")) return;
  throw new MyxError(`Cannot open the database in "${state.kept}": nothing was loaded into it`, {
    fix: "Run the flow first",
  });
}

/**
 * Removes what calls that were killed have left, where no other is at work: an embedded database is ours alone by now. Of a
 * server's several may be, and say so by the file that is returned, until it is closed.
 */
function enterCalls(state: StepState): Deno.FsFile | null {
  if (state.kept === undefined || isEmbedded(state)) {
    removeLeft(state);
    return null;
  }
  const path = `${state.kept}-calls.lock`;
  const file = openLock(dirname(path), path);
  try {
    if (file.tryLockSync(true)) removeLeft(state);
    file.lockSync(false);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function removeLeft({ staging }: StepState): void {
  const at = staging.lastIndexOf("/");
  const [folder, prefix] = [staging.slice(0, at), `${staging.slice(at + 1)}-`];
  // What only another user can remove stays until that one asks.
  try {
    for (const { name } of [...Deno.readDirSync(folder)]) {
      if (name.startsWith(prefix) && /^[0-9a-f]{8}$/.test(name.slice(prefix.length))) {
        tryRemoveFolder(`${folder}/${name}`);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Runs a module of ours in a process of its own that may reach what the step may, and nothing else. Where the database is
 * embedded, the call has it to itself.
 *
 * @param use What is done with the folder of its results; they are gone after that.
 * @throws {MyxError} With exit code 3 if another process has the embedded database and does not give way.
 */
export async function callDatabase<T>(
  state: StepState,
  { entry, params, net = [], timeS, onProgress, ...options }: DatabaseCall,
  use: (folder: string) => T,
): Promise<T> {
  const { step, kept } = state;
  const staging = `${state.staging}-${crypto.randomUUID().slice(0, 8)}`;
  const { grants, limits } = grantsOf(state, stagingFolders({ staging }).calls);
  const read = [entry.replace(/[/\\][^/\\]*$/, "")];
  using _lock = kept !== undefined && isEmbedded(state) ? await lockKept(kept, options) : null;
  // Whoever had it may have deleted the dataset.
  requireDatabase(state);
  using _calls = enterCalls(state);
  await using pool = new Pool({ ...grants, read, net: [...grants.net, ...net] }, {
    ...limits,
    size: 1,
    ...(timeS === undefined ? {} : { timeS }),
  });
  const stop = () => pool.close();
  options.signal?.addEventListener("abort", stop);
  try {
    const result = await pool.run({
      kind: "run",
      entry: pathToFileURL(entry).href,
      input: "",
      params: { ...withSecrets(step.params, (name) => Deno.env.get(name)), ...params },
      files: [],
      partition: {},
      replace: false,
      ...(kept === undefined ? {} : { state: kept }),
      rejects: "none",
      provenance: provenanceOf(state),
    }, onProgress).catch((cause) => {
      const { message } = cause as Error;
      if (message === MORE_MEMORY) {
        throw new MyxError("An answer of the database was larger than the memory it may use", {
          fix: "Ask for fewer rows and columns at a time, or for a longer window",
          cause,
        });
      }
      // Said for people already, by a module of ours.
      throw cause instanceof MyxError ? cause : new MyxError(message, { cause });
    });
    // Outside of that: a reader of stdout that goes away is no failure of the call.
    return use(result.folder);
  } finally {
    options.signal?.removeEventListener("abort", stop);
    await pool.close();
    removeFolder(staging);
  }
}
