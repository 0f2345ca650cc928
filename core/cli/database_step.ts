import { UsageError } from "../contract/errors.ts";
import { findTreatment, listTreatments, type Project } from "../contract/project.ts";
import type { ResolvedFlow, ResolvedStep } from "../contract/resolve.ts";
import { didYouMean, oneOf } from "../contract/suggest.ts";
import type { Treatment } from "../contract/treatment.ts";
import { databaseStep } from "../engine/database_call.ts";
import type { StepState } from "../engine/workspace.ts";
import type { CommandLine } from "./command_line.ts";

/** The folder that treatments keep an embedded database in. */
const STATE = "postgres";

/**
 * The step whose database a command is about: the one with `--step`, or one of those that load a database, if it is the
 * same for all.
 *
 * @throws {UsageError} If there is none, or they load different ones.
 */
export function findDatabaseStep(flow: ResolvedFlow, line: CommandLine): StepState {
  const steps = flow.steps.filter(({ treatment }) => hasDatabase(treatment));
  const names = steps.map(({ name }) => name);
  const { step } = line.values;
  if (steps.length === 0) {
    throw new UsageError(
      `Cannot find the database of "${line.arguments[0]}": no step of flow "${flow.name}" loads one`,
      {
        fix: `Add a step with the treatment ${oneOf(databaseTreatments(flow.project))} to it`,
      },
    );
  }
  if (step !== undefined) {
    if (names.includes(step)) return databaseStep(flow, step);
    throw new UsageError(`Cannot use step "${step}"${didYouMean(step, names)}: expected ${oneOf(names)}`);
  }
  if (new Set(steps.map(addressOf)).size > 1) {
    throw new UsageError(`Cannot tell which database of flow "${flow.name}" is meant: its steps load different ones`, {
      fix: `Say whose with --step, ${oneOf(names)}`,
    });
  }
  return databaseStep(flow, names[0]!);
}

function hasDatabase({ permissions }: Treatment): boolean {
  return permissions.state === STATE;
}

function addressOf({ params: { host, port, dbname, user } }: ResolvedStep): string {
  return JSON.stringify(host === "embedded" ? [host] : [host, port, dbname, user]);
}

function databaseTreatments(project: Project): string[] {
  return listTreatments(project).filter(({ origin }) => origin === "built-in").map(({ name }) => name)
    .filter((name) => hasDatabase(findTreatment(project, name)));
}
