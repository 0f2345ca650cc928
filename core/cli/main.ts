import type { ExitCode } from "../contract/errors.ts";
import { VERSION } from "../version.ts";
import { helpAsked, parseCommandLine } from "./command_line.ts";
import { findCommand } from "./commands.ts";
import { asCalled } from "./deno_call.ts";
import { explain } from "./explain.ts";
import { loadHandler } from "./handlers.ts";
import { print, tell } from "./output.ts";

/** Runs one command line; resolves to the exit code. Errors end here, printed for people. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    if (args[0] === "--version" || args[0] === "-V") {
      print(VERSION);
      return 0;
    }
    const help = helpAsked(args);
    if (help) {
      const { commandHelp, overview } = await import("./help.ts");
      const command = help.command === undefined ? undefined : findCommand(help.command);
      const text = command ? commandHelp(command) : overview();
      if (args.length > 0) print(asCalled(text));
      else tell(text);
      return args.length > 0 ? 0 : 2;
    }
    const line = parseCommandLine(args);
    const handle = await loadHandler(line.command.name);
    return await handle(line);
  } catch (error) {
    return explain(error, args);
  }
}
