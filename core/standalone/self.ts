/**
 * Whether myx runs as one compiled binary. Deno's runtime in it knows no `deno run`: a child is then this very program,
 * called again with a word that no command has.
 */

/** The first argument of a program that is called again to be a child; the second is what it may touch, as JSON. */
export const CHILD = "__child";

/** The commands that fetch treatments and flows from elsewhere. */
const FETCHING = ["add", "update"];

let standIn: readonly string[] | undefined;

/** Whether built-in treatments lie inside this program, where no other process can read them. */
export function isStandalone(): boolean {
  return Deno.build.standalone || standIn !== undefined;
}

/** What Linux puts behind the path of a program whose file has gone. */
const GONE = " (deleted)";

/** The words that start this program again. */
export function selfCommand(): readonly string[] {
  return standIn ?? [Deno.execPath()];
}

/** Whether the file of this program was replaced or removed since it started. */
export function isReplaced(): boolean {
  return isStandalone() && selfCommand()[0]?.endsWith(GONE) === true;
}

/**
 * Lets a compiled binary's main process go without what was baked in for its children: the network, which it only needs
 * to fetch from elsewhere.
 */
export function giveUpNetwork(args: readonly string[]): void {
  if (isStandalone() && !args.some((arg) => FETCHING.includes(arg))) Deno.permissions.revokeSync({ name: "net" });
}

/**
 * Takes the binary's way although this is a plain `deno run`, with `command` in place of the binary, until disposed. For
 * tests only: nothing but a test's own import reaches this switch.
 */
export function actStandalone(command: readonly string[]): Disposable {
  standIn = command;
  return {
    [Symbol.dispose]() {
      standIn = undefined;
    },
  };
}
