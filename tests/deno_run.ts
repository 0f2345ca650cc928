import { V8_FLAGS } from "../core/v8_flags.ts";

/** How tests start myx: as its tasks do, under the flags for which Deno keeps compiled code. */
export const DENO_RUN: readonly string[] = ["run", "-q", "--no-prompt", `--v8-flags=${V8_FLAGS}`];
