import { compareNames } from "../data/naming.ts";
import type { Contents } from "./contents.ts";
import type { FolderFile } from "./folder.ts";
import type { OutputRecord, UnitRecord } from "./ledger.ts";

/** Stands for files that nobody knows any more, among those that an output was made from. */
export const GONE = ["", ""] as const;

/** Whether an output is of files alone that nobody knows any more. */
export function isOfGone(output: OutputRecord): boolean {
  return output.madeFrom === madeFrom([GONE]);
}

/** The canonical form of what an output was joined from. */
export function madeFrom(parts: readonly (readonly [key: string, print: string])[]): string {
  return JSON.stringify(parts);
}

/**
 * Compares the published files with the ledger: those at fault, each with the reason in words, and those to be kept as they
 * are because a file they were made from is gone, each with the names of such files as far as they are known; and those of
 * them that there are rows for which they may lack, held back until the file returns or is given up.
 *
 * @param options.isReleased Whether a partition that is no longer there lost no file that somebody took away.
 */
export function compareOutputs(
  published: ReadonlyMap<string, FolderFile>,
  outputs: ReadonlyMap<string, OutputRecord>,
  records: readonly UnitRecord[],
  contents: Contents,
  { replace, isReleased }: { readonly replace: boolean; readonly isReleased: (key: string) => boolean },
): { faults: Map<string, string>; orphaned: Map<string, string[]>; heldBack: Set<string> } {
  const faults = new Map<string, string>();
  const orphaned = new Map<string, string[]>();
  const heldBack = new Set<string>();
  const keys = new Set(records.map(({ key }) => key));
  const parts = partsByOutput(records);
  const compare = (name: string) => {
    const file = published.get(name);
    const output = outputs.get(name);
    if (!file) faults.set(name, `missing output ${name}`);
    else if (output?.madeFrom !== madeFrom(parts.get(name) ?? [])) {
      const gone = replace || !output ? [] : partsOf(output).filter(([key]) => !keys.has(key) && !isReleased(key));
      if (output && gone.length) {
        orphaned.set(name, gone.map(([key]) => key).filter((key) => key !== GONE[0]));
        const held = new Map(partsOf(output));
        if (parts.get(name)?.some(([key, print]) => held.get(key) !== print)) heldBack.add(name);
      } else faults.set(name, `changed parts of ${name}`);
    } else if (damaged(file, output, contents)) faults.set(name, `damaged output ${name}`);
  };
  for (const name of outputs.keys()) compare(name);
  for (const name of parts.keys()) if (!outputs.has(name)) compare(name);
  return { faults, orphaned, heldBack };
}

/** The partitions that have rows of each output, by key in code-unit order, with what each read. */
export function partsByOutput(records: readonly UnitRecord[]): Map<string, [key: string, print: string][]> {
  const parts = new Map<string, [string, string][]>();
  for (const { key, print, outputs } of records.toSorted((a, b) => compareNames(a.key, b.key))) {
    const part: [string, string] = [key, print];
    for (const name of outputs) {
      const list = parts.get(name);
      if (list) list.push(part);
      else parts.set(name, [part]);
    }
  }
  return parts;
}

function partsOf({ madeFrom }: OutputRecord): [key: string, print: string][] {
  return JSON.parse(madeFrom);
}

function damaged(file: FolderFile, output: OutputRecord, contents: Contents): boolean {
  try {
    return contents.of(file).sha256 !== output.sha256;
  } catch {
    return true; // No longer readable as what it was.
  }
}
