import type { ExitCode } from "../contract/errors.ts";
import type { CommandLine } from "./command_line.ts";

/** What a shell can offer for a value. */
export type Completion =
  | "flow"
  | "treatment"
  | "step"
  | "dataset"
  | "command"
  | "params"
  | "folder"
  | readonly string[];

/** A flag, written `--name` or `--name VALUE`. */
export interface Flag {
  readonly name: string;
  /** Stands for the value in help; a flag without it is on or off. */
  readonly value?: string;
  readonly description: string;
  /** What the value must look like, checked before the command runs. */
  readonly type?: "day" | "count";
  /** The only values allowed. */
  readonly choices?: readonly string[];
  readonly required?: boolean;
  /** The value is a folder that is written. */
  readonly writes?: boolean;
  readonly complete?: Completion;
}

/** A value that stands by its position. */
export interface Argument {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  /** Takes all further values too; only the last argument may. */
  readonly many?: boolean;
  readonly choices?: readonly string[];
  readonly complete?: Completion;
}

/** The code of a command; resolves to how myx ends. */
export type Handler = (line: CommandLine) => Promise<ExitCode> | ExitCode;

/** One command of the table. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What the summary leaves out. */
  readonly details?: string;
  readonly arguments: readonly Argument[];
  readonly flags: readonly Flag[];
  /** Fetches from elsewhere or pins it: needs the network, git, and to write `myx.lock` and `.myx`. */
  readonly remote?: boolean;
  /** Calls worth copying, without the program's name. */
  readonly examples: readonly string[];
}
