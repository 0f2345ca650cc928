/** What Deno says, and what a compiled binary does. */
const REFUSED =
  /(Requires (\w+) access(?: to .+?)?), (?:run again with the --allow-\w+ flag|specify the required permissions during compilation using `deno compile --allow-\w+`)/gs;

/** What Deno says of packages, which it was told not to fetch. */
const PACKAGE =
  /Failed \w+ [^\n]+\n\s*0: npm package not found in cache[^\n]*|Could not find constraint '[^\n]+' in the list of packages\.?/g;
const BARE = /Import ("[^"\n]+") not a dependency[^\n]*(?:\n\s*hint:[^\n]*)?/g;
const PACKAGES = "only a treatment that was added from elsewhere may import npm packages";
/** The cache of packages is each user's own: a colleague has what is pinned, and not them. */
const FETCH = "what myx.lock pins is fetched with: deno task add";

/** What to do where Deno refuses a treatment something: it advises a flag, which nobody can give to a child. */
export function explainRefusal(message: string): string {
  return message.replace(REFUSED, (_, refused: string, kind: string) => `${refused}; ${adviceOn(kind)}`)
    .replace(PACKAGE, `It imports an npm package that is not in Deno's cache; ${PACKAGES}, and ${FETCH}`)
    .replace(BARE, (_, name: string) => `It imports ${name}, which names no file; ${PACKAGES}`);
}

function adviceOn(kind: string): string {
  switch (kind) {
    case "net":
    case "env":
      return `ask for it with permissions.${kind} in treatment.json`;
    case "read":
      return "a treatment may read its input folder and its code, but not what it writes, and nothing else";
    case "write":
      return "a treatment may write into its output folder, and nowhere else";
    default:
      return "this is never granted to a treatment";
  }
}
