import type { ExitCode } from "../contract/errors.ts";
import { COMMANDS } from "./commands.ts";
import type { CommandLine } from "./command_line.ts";
import { bashCompletions } from "./completions_bash.ts";
import { fishCompletions } from "./completions_fish.ts";
import { zshCompletions } from "./completions_zsh.ts";
import { printData } from "./output.ts";

const SHELLS = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions };

/** `completions bash|zsh|fish`. */
export function run(line: CommandLine): ExitCode {
  printData(SHELLS[line.arguments[0] as keyof typeof SHELLS](COMMANDS));
  return 0;
}
