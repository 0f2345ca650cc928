import { UsageError } from "../contract/errors.ts";
import { isThere } from "../contract/project.ts";
import { requireDeno } from "../sandbox/unpack.ts";
import { clipBounds } from "./clip.ts";
import { boundsOf } from "./day_params.ts";
import { isRawFolder } from "./raw_folder.ts";
import type { StepState } from "./workspace.ts";

/**
 * Refuses to start where a treatment needs a program that is missing, and what `checkInputs` refuses. What only looks at files
 * needs no program.
 *
 * @throws {UsageError} Naming the step or the treatment, and what to do.
 */
export function checkRun(states: readonly StepState[]): void {
  checkInputs(states);
  for (const { step } of states) requireDeno(step.treatment);
}

/**
 * Refuses to start where a bound is none or a folder to read is missing: a typo must not look like an empty dataset.
 * A link by another name must not lead a step's results among the raw files.
 *
 * @throws {UsageError} Naming the step, the folder and what to do.
 */
export function checkInputs(states: readonly StepState[]): void {
  for (const { step, input, output, producers } of states) {
    clipBounds(boundsOf(step), undefined); // Refuses what is no bound.
    if (input !== undefined && isRawFolder(output)) {
      throw new UsageError(`Cannot run step "${step.name}": "${output}" holds raw files, which stay as they are`, {
        fix: "Let it write into another folder",
      });
    }
    if (input === undefined || producers.some((name) => states.some((state) => state.step.name === name))) continue;
    if (isThere(input, "isDirectory")) continue;
    throw new UsageError(`Cannot run step "${step.name}": its input folder "${input}" does not exist`, {
      fix: producers.length
        ? `Run step "${producers[0]}" first`
        : "Create it and put the files to read there, or make a dataset with: deno task myx init NAME",
    });
  }
}
