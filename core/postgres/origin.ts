import { writeText } from "../data/csv_text.ts";

/**
 * Which dataset a loader works for, as the ledger in the database calls it: what others have loaded is not its to remove. A
 * number drawn once and kept beside the dataset, so that it outlives moves, and the dataset's name, so that a copy is another.
 *
 * @param inputDir The loader's input folder.
 * @param state The folder that it keeps from call to call.
 */
export function originOf(inputDir: string, state: string | undefined): string {
  const [dataset = ""] = inputDir.split(/[/\\]+/).filter(Boolean).slice(-2);
  return state === undefined ? dataset : `${drawnNumber(state)} ${dataset}`;
}

/** The name of the dataset in an origin. */
export function datasetOf(origin: string): string {
  return origin.replace(/^\S+ /, "");
}

function drawnNumber(state: string): string {
  const path = `${state}/origin`;
  // Two runs that find none must not draw one each; and a full disk may have left an empty one, before anything was loaded.
  return readIfThere(path) || drawLocked(path);
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function drawLocked(path: string): string {
  using file = Deno.openSync(path, { write: true, create: true });
  file.lockSync(true);
  const drawn = readIfThere(path);
  if (drawn) return drawn;
  const origin = crypto.randomUUID();
  writeText(file, `${origin}\n`);
  return origin;
}
