/**
 * A worker that reads the published files of a dataset over and over while something writes them, as a colleague's
 * notebook would. Takes a `Watch`, then "stop", and answers with what it saw.
 */
import { parquetReadObjects } from "hyparquet";

/** What a reader saw. */
export interface Sight {
  readonly rounds: number;
  /** How many different states of files it read. */
  readonly files: number;
  /** What no reader may see. */
  readonly faults: readonly string[];
}

/** What to look at. */
export interface Watch {
  readonly folder: string;
  /** Whether results may go away; even then no folder that held some may be seen without any. */
  readonly mayVanish: boolean;
}

const PAUSE_MS = 2;
const port = self as unknown as Worker;
let stopped = false;

port.onmessage = ({ data }: MessageEvent<Watch | "stop">) => {
  stopped = data === "stop";
  if (data !== "stop") watch(data).then((sight) => port.postMessage(sight));
};

async function watch({ folder, mayVanish }: Watch): Promise<Sight> {
  const states = new Map<string, string>();
  const faults: string[] = [];
  let [rounds, files] = [0, 0];
  for (let last = false; !last; rounds++) {
    last = stopped; // One more round after the last change.
    for (const path of new Set([...published(folder), ...states.keys()])) {
      const state = stateOf(path);
      if (state === states.get(path)) continue;
      if (state === undefined) {
        if (!mayVanish) faults.push(`${path} vanished`);
        states.delete(path);
        const parent = path.replace(/[^/]*$/, "");
        if (![...published(folder)].some((other) => other.startsWith(parent))) faults.push(`${parent} was emptied`);
        continue;
      }
      states.set(path, state);
      files++;
      try {
        await check(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound && mayVanish)) faults.push(`${path}: ${(error as Error).message}`);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { rounds, files, faults };
}

/** Visible results below `folder`; raw files are no results. */
function* published(folder: string): Generator<string> {
  for (const step of entries(folder)) {
    if (step.name.startsWith(".") || step.name === "00_raw" || !step.isDirectory) continue;
    for (const { name } of entries(`${folder}/${step.name}`)) {
      if (/^[^.].*\.(parquet|csv)$/.test(name)) yield `${folder}/${step.name}/${name}`;
    }
  }
}

function entries(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function stateOf(path: string): string | undefined {
  try {
    const { ino, size, mtime, ctime } = Deno.statSync(path);
    return [ino, size, Number(mtime), Number(ctime)].join();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Reads a whole file, every value of it. */
async function check(path: string): Promise<void> {
  const bytes = Deno.readFileSync(path);
  if (path.endsWith(".parquet")) {
    await parquetReadObjects({ file: bytes.buffer });
    return;
  }
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  if (!text.endsWith("\n")) throw new Error("its last line has no end");
  const widths = new Set(text.trimEnd().split("\n").map((line) => line.split(";").length));
  if (widths.size !== 1) throw new Error("its lines differ in length");
}
