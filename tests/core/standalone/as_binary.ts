/** A program that is to `deno run` what main.ts is to the compiled binary: main.ts is its other self. */
import { actStandalone } from "../../../core/standalone/self.ts";
import { start } from "../../../main.ts";
import { asRun, MAIN } from "./as_run.ts";

if (import.meta.main) {
  actStandalone([Deno.execPath(), ...asRun(MAIN)]);
  await start(Deno.args);
}
