import { type ExitCode, UsageError } from "../contract/errors.ts";
import { didYouMean } from "../contract/suggest.ts";
import { type CommandLine, PROGRAM } from "./command_line.ts";
import type { Argument, Command, Flag } from "./command.ts";
import { COMMANDS, findCommand, GLOBAL_FLAGS } from "./commands.ts";
import { asCalled, DENO } from "./deno_call.ts";
import { print } from "./output.ts";
import { formatTable, WIDTH, wrap } from "./table.ts";

/** `help [COMMAND]`. */
export function run(line: CommandLine): ExitCode {
  const name = line.arguments[0];
  if (name === undefined) {
    print(asCalled(overview()));
    return 0;
  }
  const command = findCommand(name);
  if (!command) {
    const close = didYouMean(name, COMMANDS.map((command) => command.name));
    throw new UsageError(`Cannot find command "${name}"${close}`, { fix: `See "${PROGRAM} --help"` });
  }
  print(asCalled(commandHelp(command)));
  return 0;
}

/** Help on the whole of myx. */
export function overview(): string {
  return [
    "myx turns raw sensor CSV into clean, resampled and aggregated Parquet and CSV, day by day.",
    "",
    `Usage: ${PROGRAM} COMMAND [ARGUMENTS] [FLAGS]`,
    "",
    "Commands:",
    columns(COMMANDS.map((command) => [command.name, command.summary])),
    "",
    "Flags of every command:",
    columns(GLOBAL_FLAGS.map(flagRow)),
    "",
    `Show the version: ${PROGRAM} --version`,
    `More on one command: ${PROGRAM} COMMAND --help`,
  ].join("\n");
}

/** Help on one command. */
export function commandHelp(command: Command): string {
  const parts = [command.summary, "", `Usage: ${usage(command)}`];
  if (command.details) parts.push("", command.details);
  if (command.arguments.length > 0) {
    parts.push("", "Arguments:", columns(command.arguments.map((argument) => [argument.name, argument.description])));
  }
  if (command.flags.length > 0) parts.push("", "Flags:", columns(command.flags.map(flagRow)));
  parts.push("", "Flags of every command:", columns(GLOBAL_FLAGS.map(flagRow)));
  parts.push("", "Examples:", ...command.examples.map((example) => `  ${programOf(command)} ${example}`));
  return parts.join("\n");
}

/** One line that shows how a command is called. */
export function usage(command: Command): string {
  const required = command.flags.filter((flag) => flag.required).map((flag) => `--${flag.name} ${flag.value}`);
  const optional = command.flags.length > required.length ? ["[FLAGS]"] : [];
  return [programOf(command), command.name, ...command.arguments.map(argumentUsage), ...required, ...optional].join(
    " ",
  );
}

/** What stands before a command's name: those that fetch have tasks of their own, with the permissions for it. */
function programOf({ remote }: Command): string {
  return remote ? `${DENO} task` : PROGRAM;
}

function argumentUsage(argument: Argument): string {
  const name = argument.many ? `${argument.name}...` : argument.name;
  return argument.required ? name : `[${name}]`;
}

function flagRow(flag: Flag): [string, string] {
  return [flag.value === undefined ? `--${flag.name}` : `--${flag.name} ${flag.value}`, flag.description];
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const left = Math.max(...rows.map(([name]) => name.length)) + 4;
  return formatTable(
    rows.flatMap(([name, text]) => wrap(text, WIDTH - left).map((line, i) => [i === 0 ? `  ${name}` : "", line])),
  );
}
