import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../contract/errors.ts";
import { didYouMean, oneOf } from "../contract/suggest.ts";
import type { Command, Flag } from "./command.ts";
import { COMMANDS, findCommand, GLOBAL_FLAGS } from "./commands.ts";
import { DENO } from "./deno_call.ts";
import { quoteWords } from "../contract/quote_words.ts";

/** How users call myx; help, hints and completions print it. */
export const PROGRAM = `${DENO} task myx`;

/** A command line, checked against the table of commands. */
export interface CommandLine {
  readonly command: Command;
  readonly arguments: readonly string[];
  /** Flags without a value that were given. */
  readonly on: ReadonlySet<string>;
  /** Flags with a value that were given. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Reads a command line.
 *
 * @throws {UsageError} If a command or flag is unknown, a value is missing, or one is not as the table says.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const at = commandIndex(args);
  const name = args[at];
  if (name === undefined) {
    throw new UsageError("Cannot tell what to do: no command is given", { fix: `See "${PROGRAM} --help"` });
  }
  const command = findCommand(name);
  if (!command) {
    const close = didYouMean(name, COMMANDS.map((command) => command.name));
    throw new UsageError(`Cannot find command "${name}"${close}`, { fix: `See "${PROGRAM} --help"` });
  }
  const rest = args.filter((_, i) => i !== at);
  return { command, ...readFlags(command, rest) };
}

/** Whether help is asked for, and of which command; broken flags must not stand between a user and help. */
export function helpAsked(args: readonly string[]): { readonly command?: string } | undefined {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  if (!flags.includes("--help") && !flags.includes("-h") && args.length > 0) return undefined;
  const name = args[commandIndex(args)];
  return name !== undefined && findCommand(name) ? { command: name } : {};
}

/** The value of `--project` or the current folder, readable also where the rest of the line is broken. */
export function projectDir(line: CommandLine): string {
  return line.values.project ?? Deno.cwd();
}

/** `--project DIR` with a space before it, as the next command must have it, too; nothing where this line had none. */
export function projectWords({ values: { project } }: CommandLine): string {
  return project === undefined ? "" : ` --project ${quoteWords([project])}`;
}

/** The first argument that is neither a flag nor the value of a global flag. */
function commandIndex(args: readonly string[]): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("-")) return i;
    if (GLOBAL_FLAGS.some((flag) => flag.value !== undefined && arg === `--${flag.name}`)) i++;
  }
  return -1;
}

function readFlags(command: Command, args: readonly string[]): Omit<CommandLine, "command"> {
  const flags = [...command.flags, ...GLOBAL_FLAGS];
  const valued = flags.filter((flag) => flag.value !== undefined).map((flag) => flag.name);
  const parsed: Record<string, unknown> & { _: string[] } = parseArgs(args, {
    string: ["_", ...valued],
    boolean: flags.filter((flag) => flag.value === undefined).map((flag) => flag.name),
    unknown: (text: string, key?: string) => {
      if (key === undefined) return true;
      const name = text.replace(/=.*/s, "");
      const close = didYouMean(name, flags.map((flag) => `--${flag.name}`));
      throw new UsageError(`Cannot use flag "${name}" with ${command.name}${close}`, {
        // No flag has a blank in it, but SQL may begin with a comment.
        fix: /\s/.test(name)
          ? 'Put "--" before it, as a word of its own: so nothing behind it counts as a flag'
          : `See "${PROGRAM} ${command.name} --help"`,
      });
    },
  });
  checkWritten(command, flags, args);
  // Before the flags: a line without its first word is to be told of that.
  const given = checkArguments(command, parsed._);
  const on = new Set<string>();
  const values: Record<string, string> = {};
  for (const flag of flags) {
    const value = parsed[flag.name];
    if (flag.value === undefined) {
      if (value === true) on.add(flag.name);
    } else if (value !== undefined) {
      values[flag.name] = checkValue(flag, String(value));
    } else if (flag.required) {
      throw new UsageError(`Cannot run "${command.name}": --${flag.name} ${flag.value} is missing`, {
        fix: `See "${PROGRAM} ${command.name} --help"`,
      });
    }
  }
  return { arguments: given, on, values };
}

/** Refuses what reading would settle silently: of a flag given twice one counts, and any value switches a flag on. */
function checkWritten(command: Command, flags: readonly Flag[], args: readonly string[]): void {
  const end = args.indexOf("--");
  const seen = new Set<string>();
  for (const [i, arg] of (end < 0 ? args : args.slice(0, end)).entries()) {
    // A value never begins with "-": it would have been taken for a flag, too.
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const flag = flags.find((flag) => flag.name === name);
    if (flag === undefined) continue;
    const fix = `See "${PROGRAM} ${command.name} --help"`;
    if (seen.has(flag.name)) throw new UsageError(`Cannot use flag "--${flag.name}" twice`, { fix });
    seen.add(flag.name);
    // An empty one, as a variable of a shell that is not set, would count as an argument.
    if (flag.value !== undefined && value === undefined && args[i + 1] === "") checkValue(flag, "");
    if (flag.value === undefined && value !== undefined && value !== "true" && value !== "false") {
      throw new UsageError(`Cannot use flag "--${flag.name}" with the value "${value}": it takes none`, { fix });
    }
  }
}

function checkValue(flag: Flag, value: string): string {
  const fail = (expected: string): never => {
    throw new UsageError(`Cannot read --${flag.name} "${value}": expected ${expected}`);
  };
  if (value === "") fail(`a value, as in --${flag.name} ${flag.value}`);
  if (flag.choices && !flag.choices.includes(value)) fail(oneOf(flag.choices));
  if (flag.type === "count" && !/^[1-9]\d{0,8}$/.test(value)) fail("a whole number from 1");
  if (flag.type === "day" && !isDay(value)) fail("a day as YYYY-MM-DD");
  return value;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // Date rolls 2026-02-30 over into March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function checkArguments(command: Command, given: readonly string[]): readonly string[] {
  const see = `See "${PROGRAM} ${command.name} --help"`;
  command.arguments.forEach((argument, i) => {
    const value = given[i];
    if (value === undefined) {
      if (!argument.required) return;
      throw new UsageError(`Cannot run "${command.name}": ${argument.name} is missing`, { fix: see });
    }
    if (argument.choices && !argument.choices.includes(value)) {
      const close = didYouMean(value, argument.choices);
      throw new UsageError(`Cannot use ${argument.name} "${value}"${close}: expected ${oneOf(argument.choices)}`, {
        fix: see,
      });
    }
  });
  const extra = given[command.arguments.length];
  if (extra !== undefined && !command.arguments.at(-1)?.many) {
    throw new UsageError(`Cannot run "${command.name}": one value too many, "${extra}"`, { fix: see });
  }
  return given;
}
