/** Opens the embedded database to programs on this machine, until it is told to leave. */
import type { Context, Params } from "myx";
import { isThere, startEmbedded } from "./embedded.ts";
import { openSocket } from "./socket.ts";

const TICK_MS = 200;

/** Serves the database in `context.state` on `params.port`; leaves once there is a file of the name `params.leave` in it. */
export async function run(_input: string, _output: string, params: Params, context: Context): Promise<void> {
  const leave = `${context.state}/${params.leave}`;
  if (isThere(leave)) Deno.removeSync(leave);
  const pglite = await startEmbedded(context.state!);
  try {
    const close = await openSocket(pglite, params.port);
    while (!isThere(leave)) {
      // Told again and again: by that, who started us knows that we listen.
      context.progress(0, 1);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await close();
  } finally {
    await pglite.close();
    if (isThere(leave)) Deno.removeSync(leave);
  }
}
