import { fromFileUrl } from "@std/path";
import { embeddedCode } from "../../../core/postgres/embedded_code.ts";
import { runtimeFlags } from "../../../core/standalone/compile.ts";

const HOME: string = fromFileUrl(import.meta.resolve("../../../"));

/** Path of the program that is compiled. */
export const MAIN = `${HOME}main.ts`;
/** Path of the program that takes the binary's way under `deno run`. */
export const AS_BINARY: string = fromFileUrl(import.meta.resolve("./as_binary.ts"));

/**
 * The words behind `deno` that run `program` under the very flags of the compiled binary. Its own files lie on disk here:
 * the binary's runtime lets it read those that it holds.
 */
export function asRun(program: string): string[] {
  const held = [HOME, embeddedCode()].join(",");
  const flags = runtimeFlags().map((flag) => flag.startsWith("--allow-read=") ? `${flag},${held}` : flag);
  return ["run", "-q", `--config=${HOME}deno.json`, "--cached-only", ...flags, program];
}

const V8_FLAGS = runtimeFlags().filter((flag) => flag.startsWith("--v8-flags"));

/** In place of the binary's other self, a process that may do everything: what is refused in it, its Worker was refused. */
export const SELF: readonly string[] = [
  Deno.execPath(),
  ...["run", "-q", "-A", "--unstable-worker-options", ...V8_FLAGS, MAIN],
];
