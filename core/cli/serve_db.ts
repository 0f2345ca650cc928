import { fileURLToPath } from "node:url";
import { type ExitCode, UsageError } from "../contract/errors.ts";
import { isThere } from "../contract/project.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { isEmbedded } from "../engine/call.ts";
import { callDatabase, requireDatabase } from "../engine/database_call.ts";
import { isWanted } from "../engine/kept_folder.ts";
import { poll } from "../engine/lock.ts";
import type { StepState } from "../engine/workspace.ts";
import { type CommandLine, PROGRAM, projectWords } from "./command_line.ts";
import { findDatabaseStep } from "./database_step.ts";
import { datasetFlow } from "./dataset_flow.ts";
import { withInterrupt } from "./interrupt.ts";
import { tell } from "./output.ts";

const ENTRY = fileURLToPath(import.meta.resolve("../postgres/serve_call.ts"));
const PORT = "54320";
/** In the folder of the database: tells the process that has it open to leave. */
const LEAVE = "leave";
/** A client's query that takes longer is cut short. */
const GRACE_MS = 10_000;
/** A timer can not be set to more than 24 days. */
const LONGEST_S = 20 * 86_400;

/** `serve-db DATASET`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const dataset = line.arguments[0]!;
  const state = findDatabaseStep(datasetFlow(line), line);
  const port = Number(line.values.port ?? PORT);
  if (port > 65_535) throw new UsageError(`Cannot listen on port ${port}: expected 1 to 65535`);
  if (!isEmbedded(state)) {
    const { host, port } = state.step.params;
    const { flow } = line.values;
    const named = quoteWords([dataset, ...(flow === undefined ? [] : ["--flow", flow])]) + projectWords(line);
    throw new UsageError(`Cannot serve the database of "${dataset}": it is on the server "${host}:${port}" already`, {
      fix: `Connect to it there, or ask it with: ${PROGRAM} sql ${named} "select ..."`,
    });
  }
  requireDatabase(state);
  await withInterrupt(async (signal) => {
    while (!signal.aborted) {
      await serve(state, dataset, port, signal);
      // Who waits is to be faster than we are; if it was a "delete", there is nothing left to wait for.
      await poll(() => !isThere(state.kept!, "isDirectory") || !isWanted(state.kept!), signal);
      requireDatabase(state);
    }
  });
  return 130;
}

/** Serves until somebody waits for the database, or the user has enough. */
async function serve(state: StepState, dataset: string, port: number, signal: AbortSignal): Promise<void> {
  const kept = state.kept!;
  const over = new AbortController();
  const cut = new AbortController();
  let up = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cutWaiting = () => up || cut.abort();
  signal.addEventListener("abort", cutWaiting);
  const isGone = () => !isThere(kept, "isDirectory");
  const giveWay = async () => {
    const wanted = await poll(() => isGone() || isWanted(kept), AbortSignal.any([signal, over.signal]));
    if (over.signal.aborted) return;
    if (wanted && !isGone()) tell("Giving way to who waits for the database; clients are cut off");
    Deno.writeTextFileSync(`${kept}/${LEAVE}`, "");
    timer = setTimeout(() => cut.abort(), GRACE_MS);
  };
  const onProgress = () => {
    if (up) return;
    up = true;
    tell(`Serving: psql -h 127.0.0.1 -p ${port} -U postgres postgres (Ctrl-C ends it)`);
    // Where the folder was taken away, or its disk is full, nobody can be told in it.
    giveWay().catch(() => cut.abort());
  };
  const params = { port, leave: LEAVE };
  const net = [`127.0.0.1:${port}`];
  const options = { command: `serve-db ${dataset}`, wait: true, signal: cut.signal, onWait: tell };
  try {
    await callDatabase(state, { entry: ENTRY, params, net, timeS: LONGEST_S, onProgress, ...options }, () => {});
  } catch (error) {
    // Ctrl-C reaches the database, too, and ends it: all that is committed stays.
    if (!cut.signal.aborted && !signal.aborted) throw error;
  } finally {
    over.abort();
    clearTimeout(timer);
    signal.removeEventListener("abort", cutWaiting);
  }
}
