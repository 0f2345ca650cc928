/**
 * The short way to "nothing is to do": a step that was found wholly fresh is sealed with a hash over all that its plan
 * depends on, files by their stat. While the seal holds, a run needs neither the plan nor what the ledger says of files.
 */
import { compareNames } from "../data/naming.ts";
import { beginSha256, sha256 } from "../data/sha256.ts";
import { RACY_MS } from "./contents.ts";
import type { FlowOptions } from "./flow.ts";
import { isEmptyFolder } from "./folder.ts";
import { canonicalJson } from "./hash.ts";
import { type DaySelection, isRange } from "./selection.ts";
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

const HASHED_AT_ONCE = 2 ** 16;

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

/** Whether nothing but the step's files and settings decides what is to do: not the days asked for, not what this run did. */
export function maySeal({ step }: StepState, { last, strict, outputMode, days, changed }: Purpose): boolean {
  const loads = step.treatment.output.format === "none";
  const forced = outputMode === "full-replace" || (loads && outputMode === "replace");
  return last === true && strict !== true && !isRange(days) && !forced && changed.size === 0;
}

/** What a run is asked for, and has done so far. */
interface Purpose extends Pick<FlowOptions, "last" | "strict" | "outputMode"> {
  readonly days: DaySelection;
  /** Paths of files that it has rewritten or removed, or will. */
  readonly changed: ReadonlySet<string>;
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
    const hash = beginSha256();
    let lines = "";
    for (const name of names.sort(compareNames)) {
      const { size, mtime, ctime, ino } = Deno.lstatSync(`${folder}/${name}`);
      const [changed, moved] = [mtime?.getTime() ?? Infinity, ctime?.getTime() ?? Infinity];
      if (changed >= young || moved >= young) return undefined;
      lines += `${name}/${size}/${changed}/${moved}/${ino}\n`;
      // Those of years of files would be most of what a run holds.
      if (lines.length > HASHED_AT_ONCE) {
        hash.update(lines);
        lines = "";
      }
    }
    return hash.update(lines).digest("hex");
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "no folder" : undefined;
  }
}
