import { type ExitCode, MyxError } from "../contract/errors.ts";
import { findMissingGrant } from "./missing_grant.ts";
import { tell } from "./output.ts";
import { paint } from "./paint.ts";

/** Prints an error for people and tells how myx ends: what failed, then what to do, a stack only with `--debug`. */
export function explain(error: unknown, args: readonly string[]): ExitCode {
  const debug = args.includes("--debug");
  const grant = findMissingGrant(error, args);
  if (grant) {
    tellError(grant.message, grant.fix);
  } else if (error instanceof MyxError) {
    tellError(error.message, error.fix);
  } else {
    const text = error instanceof Error
      ? `${error.name === "Error" ? "" : `${error.name}: `}${error.message}`
      : `${error}`;
    tellError(text, debug ? undefined : "Run again with --debug to see where it came from");
  }
  if (debug) tell(stackOf(error));
  if (error instanceof MyxError) return error.exitCode;
  return grant ? 2 : 1;
}

/** Prints one error and, on lines of its own, what to do about it. */
export function tellError(message: string, fix?: string): void {
  tell(`${paint("red", "Error:")} ${message}`);
  if (fix !== undefined) tell(fix);
}

function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    lines.push(`${lines.length === 0 ? "" : "Caused by: "}${at.stack ?? at.message}`);
  }
  return lines.join("\n");
}
