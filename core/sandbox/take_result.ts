/** Results leave the folder that a child may write before anybody looks at them: what is checked cannot change after. */
import { dirname } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { guarded } from "./guards.ts";

/**
 * Moves what a call wrote out of the child's reach; by then it can still change bytes through a handle it kept, but no
 * longer put something else in a file's place.
 *
 * @throws {MyxError} If the folder was swapped for something else, or the child wrote beside it.
 */
export function takeResult(own: string, output: string, result: string): void {
  let isDirectory: boolean;
  try {
    openFolder(own, modeAround(own));
    ({ isDirectory } = Deno.lstatSync(output));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new MyxError("It removed its output folder");
    throw error;
  }
  if (!isDirectory) throw new MyxError("It put something else in the place of its output folder");
  Deno.renameSync(output, result);
  openFolder(result, modeAround(result));
  if (guarded("strays") && [...Deno.readDirSync(own)].length > 0) {
    throw new MyxError("It wrote beside its output folder");
  }
}

/** Removes a folder that a child could write, whatever it did to its rights. */
export function removeFolder(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    openAll(folder);
    Deno.removeSync(folder, { recursive: true });
  }
}

/**
 * Removes such a folder where that can be, and says whether it could: what stays goes with all that lies in the staging area at
 * the end of the run, and must not hide what failed before.
 */
export function tryRemoveFolder(folder: string): boolean {
  try {
    removeFolder(folder);
    return true;
  } catch {
    return false;
  }
}

/** A child may have taken our rights away from what is ours. */
function openFolder(folder: string, mode = 0o700): void {
  if (Deno.build.os !== "windows") Deno.chmodSync(folder, mode);
}

/**
 * The rights of the folder around one, which no child can change: should the run be killed, whoever else may write there is to
 * clear away what it leaves.
 */
function modeAround(folder: string): number {
  return (Deno.statSync(dirname(folder)).mode ?? 0) & 0o2777 | 0o700;
}

function openAll(folder: string): void {
  openFolder(folder);
  for (const { name, isDirectory } of Deno.readDirSync(folder)) if (isDirectory) openAll(`${folder}/${name}`);
}
