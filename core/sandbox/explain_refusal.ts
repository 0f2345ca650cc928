/** What Deno says, and what a compiled binary does. */
const REFUSED =
  /(Requires (\w+) access(?: to .+?)?), (?:run again with the --allow-\w+ flag|specify the required permissions during compilation using `deno compile --allow-\w+`)/gs;

/** What to do where Deno refuses a treatment something: it advises a flag, which nobody can give to a child. */
export function explainRefusal(message: string): string {
  return message.replace(REFUSED, (_, refused: string, kind: string) => `${refused}; ${adviceOn(kind)}`);
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
