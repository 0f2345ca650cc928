import { existsSync } from "node:fs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { bashCompletions } from "../../../core/cli/completions_bash.ts";
import { fishCompletions } from "../../../core/cli/completions_fish.ts";
import { zshCompletions } from "../../../core/cli/completions_zsh.ts";
import { makeTempDir } from "../../temp_dir.ts";

const SCRIPTS = {
  bash: bashCompletions(COMMANDS),
  zsh: zshCompletions(COMMANDS),
  fish: fishCompletions(COMMANDS),
};

/** Runs a script in a shell; `undefined` where the shell is not installed. */
async function inShell(shell: string, args: string[], script: string, cwd = "."): Promise<string | undefined> {
  let child: Deno.ChildProcess;
  try {
    const env = { TERM: "dumb", HOME: cwd, ZDOTDIR: cwd };
    child = new Deno.Command(shell, { args, cwd, env, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
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
    const words = line.split(" ").map((word) => `"${word}"`);
    const given = `COMP_LINE="${line}" COMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1}`;
    return `${given}; _myx; echo "\${COMPREPLY[*]}"`;
  });
  const output = await inShell("bash", ["--norc"], [stub, SCRIPTS.bash, ...calls].join("\n"));
  if (output !== undefined) assertEquals(output.trimEnd().split("\n"), cases.map(([, want]) => want));
});

/** A flow that is called as readline would part it into words. */
const FLOW_URL = "git+https://lab/flows@v1#daily.json";

/** A stub of myx that lists what there is, and shows how it is called else. */
const SHOWING = `myx() {
  case "$*" in
    "list flows") printf 'daily  built-in\\nweekly  project\\n' ;;
    "list steps --flow daily"|"list steps --flow ${FLOW_URL}") printf 'parse  a\\nclean  b\\n' ;;
    *) printf '<<'; printf '[%s]' "$@"; printf '>>\\n' ;;
  esac
}`;

const SHOWING_FISH = `function myx
  switch "$argv"
    case "list flows"; printf 'daily  built-in\\nweekly  project\\n'
    case "list steps --flow daily" "list steps --flow ${FLOW_URL}"; printf 'parse  a\\nclean  b\\n'
  end
end`;

/** What is typed, what stands there after the tab key in bash and zsh, and what fish offers. */
const TYPED: readonly (readonly [line: string, called: readonly string[], offered: string])[] = [
  ["myx sta", ["status"], "status"],
  ["myx --project . lo", ["--project", ".", "logs"], "logs"],
  ["myx flow da", ["flow", "daily"], "daily"],
  [
    "myx --debug flow daily --output-mode f",
    ["--debug", "flow", "daily", "--output-mode", "full-replace"],
    "full-replace",
  ],
  ["myx flow --last --jobs 2 daily --step c", ["flow", "--last", "--jobs", "2", "daily", "--step", "clean"], "clean"],
  ["myx --project . flow daily --step c", ["--project", ".", "flow", "daily", "--step", "clean"], "clean"],
  [
    "myx --project=. flow --output-mode=replace daily --step c",
    ["--project=.", "flow", "--output-mode=replace", "daily", "--step", "clean"],
    "clean",
  ],
  [
    "myx flow daily --output-mode=f",
    ["flow", "daily", "--output-mode=full-replace"],
    "--output-mode=full-replace",
  ],
  ["myx flow --params @my daily --step c", ["flow", "--params", "@my", "daily", "--step", "clean"], "clean"],
  [`myx flow ${FLOW_URL} --step c`, ["flow", FLOW_URL, "--step", "clean"], "clean"],
  ["myx init x --raw My", ["init", "x", "--raw", "My Stick"], "My Stick/"],
  ["myx flow daily --params @my", ["flow", "daily", "--params", "@my params.json"], "@my params.json"],
  // The one folder whose name a dataset can have.
  ["myx archive ", ["archive", "mussels"], "mussels"],
];

function makeProjectFolder(): string {
  const dir = makeTempDir();
  const folders = ["mussels", "_archive", "it's", "with blank", "$(touch ran)", "`touch${IFS}ran`"];
  for (const name of folders) Deno.mkdirSync(`${dir}/datasets/${name}`, { recursive: true });
  Deno.writeTextFileSync(`${dir}/datasets/notes.txt`, "");
  Deno.writeTextFileSync(`${dir}/my params.json`, "{}");
  Deno.mkdirSync(`${dir}/My Stick`);
  return dir;
}

function isInstalled(shell: string): boolean {
  return ["/bin", "/usr/bin", "/usr/local/bin"].some((dir) => existsSync(`${dir}/${shell}`));
}

for (const [shell, args] of [["bash", "--norc --noprofile -i"], ["zsh", "-f -i"]] as const) {
  Deno.test({
    name: `completions at the tab key of a real ${shell}, where it is installed`,
    ignore: !isInstalled(shell) || !isInstalled("script"),
    fn: async () => {
      const dir = makeProjectFolder();
      Deno.writeTextFileSync(`${dir}/load`, `${SHOWING}\n${SCRIPTS[shell]}\n`);
      const typed = ["source ./load", ...TYPED.map(([line]) => `${line}\t`), "exit", ""].join("\n");
      const shown = await inShell("script", ["-qec", `${shell} ${args}`, "/dev/null"], typed, dir);
      const calls = [...shown!.matchAll(/<<(.*)>>/g)].map(([, call]) => call!.replaceAll("/]", "]"));
      assertEquals(calls, TYPED.map(([, called]) => called.map((word) => `[${word}]`).join("")));
      assert(!existsSync(`${dir}/ran`), "the name of a folder was run");
      Deno.removeSync(dir, { recursive: true });
    },
  });
}

Deno.test({
  name: "completions of a real zsh that finds them in its $fpath work from the first on, where it is installed",
  ignore: !isInstalled("zsh") || !isInstalled("script"),
  fn: async () => {
    const dir = makeTempDir();
    Deno.mkdirSync(`${dir}/functions`);
    Deno.writeTextFileSync(`${dir}/functions/_myx`, SCRIPTS.zsh);
    const load = ["fpath=($PWD/functions $fpath)", "autoload -Uz compinit", "compinit -u -D", SHOWING];
    Deno.writeTextFileSync(`${dir}/load`, load.join("\n"));
    const shown = await inShell("script", ["-qec", "zsh -f -i", "/dev/null"], "source ./load\nmyx sta\t\nexit\n", dir);
    assertStringIncludes(shown!, "<<[status]>>");
    Deno.removeSync(dir, { recursive: true });
  },
});

Deno.test({
  name: "completions of a real fish, where it is installed",
  ignore: !isInstalled("fish"),
  fn: async () => {
    const dir = makeProjectFolder();
    const asked = TYPED.map(([line]) => `echo (complete -C "${line}" | string split -f 1 \\t | string join ,)`);
    const shown = await inShell("fish", ["--no-config"], [SHOWING_FISH, SCRIPTS.fish, ...asked].join("\n"), dir);
    assertEquals(shown!.trimEnd().split("\n"), TYPED.map(([, , offered]) => offered));
    Deno.removeSync(dir, { recursive: true });
  },
});
