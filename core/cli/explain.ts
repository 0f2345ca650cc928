import { type ExitCode, MyxError } from "../contract/errors.ts";
import { asCalled } from "./deno_call.ts";
import { isOldDeno, NEEDED_DENO } from "../version.ts";
import { findMissingGrant } from "./missing_grant.ts";
import { printIfNothing, tell } from "./output.ts";
import { paint } from "./paint.ts";

/** What the system says of a machine at its limits, and what to do. Where the engine works it tells more. */
const FAULTS = [
  { words: /No space left|quota exceeded/i, fix: "Free some space and run again" },
  { words: /Read-only file system/, fix: "Work in a folder that may be written" },
  { words: /Input\/output error|Stale file handle/, fix: "Check the disk, or the network drive, and run again" },
  { words: /Too many open files/, fix: "Raise the limit (ulimit -n) and run again" },
];

/**
 * Prints an error for people and tells how myx ends: what failed, then what to do, a stack only with `--debug`. With `--json`
 * whoever reads stdout gets it, too.
 */
export function explain(error: unknown, args: readonly string[]): ExitCode {
  // Read here anew: what is wrong may be the command line itself.
  const isOn = (flag: string) => args.includes(flag) || args.includes(`${flag}=true`);
  const debug = isOn("--debug");
  const grant = findMissingGrant(error, args);
  const { message, fix } = grant ?? (error instanceof MyxError ? error : unforeseen(error, debug));
  const exitCode = error instanceof MyxError ? error.exitCode : grant ? 2 : 1;
  tellError(message, fix);
  if (debug) tell(stackOf(error));
  if (isOn("--json")) {
    printIfNothing({
      exit_code: exitCode,
      error: asCalled(message),
      ...(fix === undefined ? {} : { fix: asCalled(fix) }),
    });
  }
  return exitCode;
}

function unforeseen(error: unknown, debug: boolean): { readonly message: string; readonly fix: string | undefined } {
  const refused = error instanceof Error && /^(.*\(os error \d+\)): \w+ '(?:.+' -> ')?(.+)'$/s.exec(error.message);
  if (refused) {
    const [, said = "", path] = refused;
    if (error instanceof Deno.errors.PermissionDenied) {
      return {
        message: `Cannot open "${path}": the system does not let this user`,
        fix: "Ask its owner for the right to it, or run as who has it",
      };
    }
    const fault = FAULTS.find(({ words }) => words.test(said));
    if (fault) return { message: `Cannot use "${path}": ${said}`, fix: fault.fix };
  }
  const message = error instanceof Error
    ? `${error.name === "Error" ? "" : `${error.name}: `}${error.message}`
    : `${error}`;
  // It lacks what myx takes for granted, and says so in words that tell nobody.
  if (isOldDeno(Deno.version.deno)) {
    return { message, fix: `This is Deno ${Deno.version.deno}, and myx needs Deno ${NEEDED_DENO} or later` };
  }
  return { message, fix: debug ? undefined : "Run again with --debug to see where it came from" };
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
