import { basename, resolve } from "node:path";
import { isStandalone } from "../standalone/self.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { shortPath } from "./grants.ts";

/** How the user calls Deno; hints print it. */
export const DENO: string = denoCall(Deno.execPath());

/** A Deno that lies in the cache of npx is on nobody's path: there npx has to call it again. */
export function denoCall(execPath: string): string {
  return /[/\\]_npx[/\\]/.test(execPath) ? "npx --yes deno" : "deno";
}

/** A command that a message names, where npx does not stand before it already. */
const TASK = /(?<!npx --yes )\bdeno task (?=(?:add|update|remove|flow|myx)\b)/g;

/**
 * A text for people as it holds here: npx is needed where only it knows Deno; a compiled binary has no tasks, and is called by
 * its own name.
 */
export function asCalled(text: string, deno = DENO): string {
  if (!isStandalone()) return text.replaceAll(TASK, `${deno} task `);
  const program = Deno.build.standalone ? basename(Deno.execPath()) : "myx";
  return text.replaceAll(/(?:npx --yes )?deno task (?:-q )?(?:myx )?/g, `${program} `);
}

/** What a shell calls to run myx, wherever its user stands. */
export function shellCall(): string {
  if (!isStandalone()) return `${DENO} task -q myx`;
  return Deno.build.standalone ? quoteWords([Deno.execPath()]) : "myx";
}

/** The folder the user stands in: `deno task` starts its command in the project and leaves word of where it came from. */
function userFolder(): string {
  try {
    return resolve(Deno.env.get("INIT_CWD") || Deno.cwd());
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return Deno.cwd();
    throw error;
  }
}

/** What stands before a command that works in `dir` only: nothing where the user is there already. */
export function goTo(dir: string): string {
  const [user, here] = [userFolder(), Deno.cwd()];
  if (user === dir) return "";
  const shown = user === here ? shortPath(dir, here) : dir.replaceAll("\\", "/");
  return `${quoteWords(["cd", shown])} && `;
}
