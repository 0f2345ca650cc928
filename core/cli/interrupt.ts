import { MyxError } from "../contract/errors.ts";
import { tell } from "./output.ts";

/** Windows knows no SIGTERM. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Does `work` with a signal that Ctrl-C and SIGTERM abort; a second one ends the process at once.
 *
 * @throws {MyxError} With exit code 130, if the work failed because it was interrupted.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) Deno.exit(130);
    tell("Stopping: what is whole is published, what is underway is dropped");
    controller.abort();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, interrupt);
  try {
    return await work(controller.signal);
  } catch (cause) {
    if (!controller.signal.aborted) throw cause;
    throw new MyxError("Interrupted: files already published stay as they are", {
      exitCode: 130,
      fix: "Run the same command again to go on",
      cause,
    });
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, interrupt);
  }
}
