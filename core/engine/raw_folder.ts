import { basename } from "node:path";
import { RAW } from "../contract/dag.ts";
import { MyxError } from "../contract/errors.ts";
import { lookAt, statFile } from "./folder.ts";
import type { PlannedUnit } from "./plan.ts";
import type { UnitInputs } from "./reason.ts";
import type { RunState } from "./run_state.ts";
import { hasFormat } from "./partition.ts";
import { dayOf, isOfDays, isRange } from "./selection.ts";
import type { StepState } from "./workspace.ts";

/** Whether a folder is one of raw files, which cannot be made again if they are lost. */
export function isRawFolder(path: string): boolean {
  return basename(path) === RAW;
}

/** Whether raw files are gone that a partition was made from: labs purge them. */
export function lacksRaw({ input }: StepState, { own, record }: PlannedUnit): boolean {
  if (!record || input === undefined || !isRawFolder(input)) return false;
  const there = new Set(own.map(({ name }) => name));
  return Object.keys((JSON.parse(record.inputs) as UnitInputs).own).some((name) => !there.has(name));
}

/**
 * Files of a step's input folder that the step which made them, of this flow or of another, has itself removed; but raw files of
 * another flow, as those of a simulation, go away like any.
 */
export function retiredInputs(
  { input, inputFolder, producers }: StepState,
  ledger: Pick<RunState["ledger"], "retired">,
): ReadonlySet<string> {
  if (input === undefined || (!producers.length && isRawFolder(input))) return new Set();
  return ledger.retired(inputFolder!);
}

/** Whether a file stays that was made of files which are gone: with append, and where it may be of other days than selected. */
export function mayStay(name: string, { outputMode, days }: Pick<RunState, "outputMode" | "days">): boolean {
  return outputMode === "append" || !isOfDays(days, name);
}

/** Whether a file in the output folder looks like a result of the step. Raw files are nobody's results. */
export function isResult({ step, output }: StepState, name: string): boolean {
  return !isRawFolder(output) && hasFormat(name, step.treatment.output.format);
}

/**
 * Whether a replacing run removes a file that the ledger does not know from the output folder. Results of the selected days,
 * left by a killed run or from before the ledger, are nothing that the inputs say. To start from empty, those of any name
 * where all days are selected. Never raw files.
 */
export function isLeftover(
  state: StepState,
  name: string,
  { outputMode, days }: Pick<RunState, "outputMode" | "days">,
): boolean {
  const all = outputMode === "full-replace" && !isRange(days);
  return isResult(state, name) && (all || (dayOf(name) !== undefined && isOfDays(days, name)));
}

/**
 * Of the files `names` in a step's output folder, those that are there and were not written by a run. The ledger's word for
 * a name is not enough: a logger may have put a file of its own in the place of one that a run has made.
 */
export function foreignFiles(
  { output, folder }: StepState,
  names: readonly string[],
  { ledger, contents }: Pick<RunState, "ledger" | "contents">,
): string[] {
  const outputs = ledger.outputs(folder);
  return names.filter((name) => {
    if (!lookAt(`${output}/${name}`)) return false;
    const known = outputs.get(name);
    return !known || contents.of(statFile(output, name, { hardLinks: true })!).sha256 !== known.sha256;
  });
}

/**
 * Refuses to write over raw files that no run has made.
 *
 * @throws {MyxError} Naming one of them and what to do.
 */
export function refuseForeign({ output }: StepState, foreign: readonly string[]): void {
  if (!foreign.length) return;
  const more = foreign.length > 1 ? ` (and ${foreign.length - 1} more)` : "";
  throw new MyxError(
    `Cannot write "${foreign[0]}"${more} into "${output}": a raw file of that name is there, which no run has made`,
    { fix: "Raw files are never changed: write into the folder of another dataset, or move that file away" },
  );
}
