import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { bashCompletions } from "../../../core/cli/completions_bash.ts";
import { fishCompletions } from "../../../core/cli/completions_fish.ts";
import { zshCompletions } from "../../../core/cli/completions_zsh.ts";

const SCRIPTS = {
  bash: bashCompletions(COMMANDS),
  zsh: zshCompletions(COMMANDS),
  fish: fishCompletions(COMMANDS),
};

/** Runs a script in a shell; `undefined` where the shell is not installed. */
async function inShell(shell: string, args: string[], script: string): Promise<string | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(shell, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array<ArrayBuffer>) => new TextDecoder().decode(bytes);
  assert(success, `${shell}: ${text(stderr)}`);
  return text(stdout);
}

Deno.test("completions offer every command and flag in every shell", () => {
  for (const [shell, script] of Object.entries(SCRIPTS)) {
    for (const { name, flags } of COMMANDS) {
      assertStringIncludes(script, name, shell);
      for (const flag of flags) assertStringIncludes(script, shell === "fish" ? `-l ${flag.name}` : `--${flag.name}`);
    }
  }
});

Deno.test("completions are valid in the shells that are there", async () => {
  await inShell("bash", ["-n"], SCRIPTS.bash);
  await inShell("zsh", ["-n"], SCRIPTS.zsh);
  await inShell("fish", ["--no-execute"], SCRIPTS.fish);
});

Deno.test("bashCompletions() completes commands, flags, names and values", async () => {
  const cases: [string, string][] = [
    ["myx st", "status"],
    ["myx --project . lo", "logs"],
    ["myx flow --fr", "--from --from-step"],
    ["myx flow da", "daily"],
    ["myx flow daily --output-mode re", "replace"],
    ["myx flow daily --step cl", "clean"],
    ["myx list ", "flows treatments steps"],
    ["myx help lo", "logs"],
    ["myx describe ", "clean parse"],
  ];
  const stub = `myx() {
    case "$*" in
      "list flows") printf 'daily  built-in\\nweekly  project\\n' ;;
      "list treatments") printf 'clean  x\\nparse  y\\n' ;;
      "list steps --flow daily") printf 'parse  a\\nclean  b\\n' ;;
      *) return 1 ;;
    esac
  }`;
  const calls = cases.map(([line]) => {
    const words = line.split(" ").map((word) => `"${word}"`).join(" ");
    return `COMP_WORDS=(${words}) COMP_CWORD=${line.split(" ").length - 1}; _myx; echo "\${COMPREPLY[*]}"`;
  });
  const output = await inShell("bash", ["--norc"], [stub, SCRIPTS.bash, ...calls].join("\n"));
  if (output !== undefined) assertEquals(output.trimEnd().split("\n"), cases.map(([, want]) => want));
});
