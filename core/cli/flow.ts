import type { ExitCode } from "../contract/errors.ts";
import type { CommandLine } from "./command_line.ts";
import { loadHandler } from "./handlers.ts";
import { startAhead } from "./start_ahead.ts";

/** `flow NAME|PATH`. Its first child starts while the rest of us is loaded, which takes about as long. */
export async function run(line: CommandLine): Promise<ExitCode> {
  startAhead(line);
  const run = await loadHandler("flow-run");
  return await run(line);
}
