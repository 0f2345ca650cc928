/** The single entry point: parses the command line and hands over to core/. */
// Of a package, Deno keeps what V8 compiled only where it is loaded with the program: this one took 8 ms of each run.
import "valibot";
import { main } from "./core/cli/main.ts";
import { CHILD, giveUpNetwork } from "./core/standalone/self.ts";

/** Does what the words of a command line say, and ends this process with its exit code. */
export async function start(args: readonly string[]): Promise<void> {
  const [word, confines] = args;
  if (word === CHILD && confines !== undefined) {
    const { confine } = await import("./core/sandbox/confined.ts");
    return confine(confines);
  }
  giveUpNetwork(args);
  Deno.exit(await main(args));
}

if (import.meta.main) await start(Deno.args);
