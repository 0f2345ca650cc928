/** How much a call may write. Counted while it writes, not only at its end: by then the disk would be full. */
import { guarded } from "./guards.ts";

/** Limits of what lies in a child's folder. */
export interface OutputLimits {
  readonly megabytes: number;
  readonly files: number;
}

const FIRST_LOOK_MS = 100;
const LOOK_EVERY_MS = 200;
/** A look at many files takes long; it may take this part of our time. */
const SHARE = 0.1;

/** Looks at `folder` again and again until what it returns is called, and tells `onExcess` if it holds too much. */
export function watchOutput(folder: string, limits: OutputLimits, onExcess: (error: unknown) => void): () => void {
  let timer = setTimeout(look, FIRST_LOOK_MS);
  return () => clearTimeout(timer);

  function look(): void {
    const start = performance.now();
    try {
      checkOutput(folder, limits);
    } catch (error) {
      return onExcess(error);
    }
    timer = setTimeout(look, Math.max(LOOK_EVERY_MS, (performance.now() - start) / SHARE));
  }
}

/** @throws If `folder` holds more than `limits` allow. */
export function checkOutput(folder: string, limits: OutputLimits): void {
  if (!guarded("output")) return;
  // Without the folder of the call itself.
  let files = -1;
  let bytes = 0;
  const look = (folder: string) => {
    for (const { name, isDirectory } of entriesOf(folder)) {
      const path = `${folder}/${name}`;
      if (++files > limits.files) {
        throw new Error(
          `It wrote more than ${limits.files} files and was stopped; ` +
            "if it needs more, say so with permissions.output_files in treatment.json",
        );
      }
      if (isDirectory) look(path);
      // The size it claims, holes included: a copy would be as large.
      else bytes += sizeOf(path);
      if (bytes > limits.megabytes * 2 ** 20) throw tooManyMb(limits.megabytes);
    }
  };
  look(folder);
}

/** What is said of a call that wrote more megabytes than it may. */
export function tooManyMb(megabytes: number): Error {
  return new Error(
    `It wrote more than ${megabytes} MB and was stopped; ` +
      "if it needs more, say so with permissions.output_mb in treatment.json",
  );
}

function entriesOf(folder: string): Iterable<Deno.DirEntry> {
  try {
    return Deno.readDirSync(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.lstatSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
