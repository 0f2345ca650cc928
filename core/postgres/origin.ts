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

function drawnNumber(state: string): string {
  const path = `${state}/origin`;
  try {
    const drawn = Deno.readTextFileSync(path).trim();
    // A full disk has left it empty, before anything was loaded.
    if (drawn) return drawn;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const origin = crypto.randomUUID();
  Deno.writeTextFileSync(path, `${origin}\n`);
  return origin;
}
