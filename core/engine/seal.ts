/**
 * The short way to "nothing is to do": a step that was found wholly fresh is sealed with a hash over all that its plan
 * depends on, files by their stat. While the seal holds, a run needs neither the plan nor what the ledger says of files.
 */
import { compareNames } from "../data/naming.ts";
import { sha256 } from "../data/sha256.ts";
import { isEmptyFolder } from "./folder.ts";
import { canonicalJson } from "./hash.ts";
import type { StepState } from "./workspace.ts";

/** What a run reports of a step that is wholly fresh. */
export interface SealedReport {
  readonly partitions: number;
  readonly files: number;
  /** Counters of each raw file, of steps that work file by file. */
  readonly perFile: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A step found wholly fresh. */
export interface Sealed {
  readonly seal: string;
  readonly report: SealedReport;
}

/** A file touched this shortly ago could be changed again without a trace in its time stamps. */
const RACY_MS = 2000;

/** Hashes of the stats of all files in a folder, each folder looked at once: nothing is written while they are used. */
export class Stamps {
  readonly #known = new Map<string, string | undefined>();
  readonly #young: number;

  /** @param now What time it is, in milliseconds since 1970. */
  constructor(now: number) {
    this.#young = now - RACY_MS;
  }

  /**
   * One text for the folder as it is, or `undefined` where only a closer look can tell: a file is too young, or is no
   * plain file. Times count in milliseconds, that of the last change of the file's entry even in seconds, because reading
   * nanoseconds takes more than twice as long: what changes within them is young, and looked at closer.
   */
  of(folder: string): string | undefined {
    if (!this.#known.has(folder)) this.#known.set(folder, stampFolder(folder, this.#young));
    return this.#known.get(folder);
  }
}

/** The seal of a step as it stands, or `undefined` if it cannot be sealed now. */
export function sealOf(state: StepState, stamps: Stamps): string | undefined {
  const { step: { params: { from, to } }, input, output, code, params, producers } = state;
  // What a step keeps is not ours to look into, but it must be there.
  if (state.kept !== undefined && isEmptyFolder(state.kept)) return undefined;
  const stampsOf = [input, output, `${output}/_rejects`].map((folder) =>
    folder === undefined ? "nothing" : stamps.of(folder)
  );
  if (stampsOf.includes(undefined)) return undefined;
  // How the folder is cut treatment.json says, which the hash of the code covers.
  return sha256(canonicalJson([input ?? null, output, code, params, from ?? null, to ?? null, producers, stampsOf]));
}

function stampFolder(folder: string, young: number): string | undefined {
  const names: string[] = [];
  try {
    for (const { name, isFile, isDirectory } of Deno.readDirSync(folder)) {
      if (name.startsWith(".") || isDirectory) continue;
      if (!isFile || name.includes("\ufffd")) return undefined;
      names.push(name);
    }
    const lines = names.sort(compareNames).map((name) => {
      const { size, mtime, ctime, ino } = Deno.lstatSync(`${folder}/${name}`);
      const [changed, moved] = [mtime?.getTime() ?? Infinity, ctime?.getTime() ?? Infinity];
      return changed < young && moved < young ? `${name}/${size}/${changed}/${moved}/${ino}` : undefined;
    });
    if (lines.includes(undefined)) return undefined;
    return sha256(lines.join("\n"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no folder";
    throw error;
  }
}
