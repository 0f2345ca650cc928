/** The single entry point: parses the command line and hands over to core/. */
import { main } from "./core/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
