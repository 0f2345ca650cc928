import { MyxError } from "../contract/errors.ts";
import { NEEDED_DENO } from "../version.ts";

/** How a `deno` answered. */
export interface DenoResult {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Calls the `deno` of this machine, which finds no settings of a project, for so many seconds at most.
 *
 * @throws {MyxError} If there is none: a compiled binary may be alone on its machine.
 */
export async function callDeno(
  args: readonly string[],
  { seconds, cwd }: { readonly seconds: number; readonly cwd?: string },
): Promise<DenoResult> {
  const options: Deno.CommandOptions = {
    args: [...args],
    env: { DENO_NO_PACKAGE_JSON: "1", DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(seconds * 1000),
    ...(cwd === undefined ? {} : { cwd }),
  };
  try {
    const { success, stdout, stderr } = await new Deno.Command("deno", options).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { success, stdout: text(stdout), stderr: text(stderr) };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new MyxError('Cannot fetch: what comes from elsewhere needs a "deno" on the PATH, and there is none', {
      fix: `Install Deno ${NEEDED_DENO} or later (https://deno.com), or use built-in treatments only`,
      cause,
    });
  }
}
