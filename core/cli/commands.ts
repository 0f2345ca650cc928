/**
 * Every command in one table: parsing, help, suggestions and shell completions all read it, so they cannot disagree.
 * A command's code is imported when it is called, which keeps `--help` fast.
 */
import type { Command, Flag } from "./command.ts";
import { DATA_COMMANDS, JSON_FLAG } from "./commands_data.ts";
import { DATASET_COMMANDS } from "./commands_dataset.ts";
import { DENO } from "./deno_call.ts";

const YES: Flag = { name: "yes", description: "Grant what it asks for without being asked, for scripts" };

/** Flags that every command takes. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: "project",
    value: "DIR",
    description: "Folder of the project (default: the current one)",
    complete: "folder",
  },
  { name: "debug", description: "Show stack traces, and what treatments of others print" },
  { name: "no-color", description: "No colours (also: the environment variable NO_COLOR)" },
  { name: "help", description: "Show help (also: -h)" },
];

/** All commands, in the order help lists them. */
export const COMMANDS: readonly Command[] = [
  ...DATA_COMMANDS,
  ...DATASET_COMMANDS,
  {
    name: "list",
    summary: "List flows, treatments, or the steps of a flow",
    arguments: [{
      name: "WHAT",
      description: "flows, treatments or steps",
      required: true,
      choices: ["flows", "treatments", "steps"],
    }],
    flags: [
      { name: "flow", value: "NAME", description: "The flow whose steps to list", complete: "flow" },
      JSON_FLAG,
    ],
    examples: ["list flows", "list steps --flow valvometry_daily"],
  },
  {
    name: "describe",
    summary: "Describe a treatment: what it reads, writes and may do, and its params",
    arguments: [{
      name: "TREATMENT",
      description: "A treatment's name, or the path of its folder",
      required: true,
      complete: "treatment",
    }],
    flags: [JSON_FLAG],
    examples: ["describe clean"],
  },
  {
    name: "check",
    summary: "Check flows and treatments without running them",
    details:
      "Prints OK or the errors of each; ends with code 2 if there is any. The code of the project's own treatments is\n" +
      "read, and not run: syntax errors show, and imports of what is not there.",
    arguments: [{
      name: "FLOW",
      description: "Flows to check; without one, all flows and treatments",
      many: true,
      complete: "flow",
    }],
    flags: [],
    examples: ["check", "check valvometry_daily"],
  },
  {
    name: "new",
    summary: "Scaffold a treatment that runs as it is",
    details: "Writes treatments/NAME/treatment.json and run.ts into the project; refuses to overwrite.",
    arguments: [{ name: "TREATMENT", description: "The new treatment's name", required: true }],
    flags: [],
    examples: ["new detrend"],
  },
  {
    name: "add",
    summary: "Fetch a treatment or flow from a git or https URL, ask for consent, and pin it in myx.lock",
    details:
      "Shows what it is and what it asks for. Once pinned it runs without network, and only as it is now: a changed byte is\n" +
      "refused. URLs: https://host/folder/, git+https://host/repo.git@REF#folder, git+ssh://..., git+file://...; a flow's\n" +
      "ends in .json and brings its treatments along. Without a URL: fetches what myx.lock pins and the cache lacks.",
    arguments: [{ name: "URL", description: "Where the treatment or flow lies" }],
    flags: [
      { name: "as", value: "NAME", description: "Its name in this project (default: its own)" },
      YES,
    ],
    remote: true,
    examples: [
      "add git+https://example.org/lab/treatments.git@v1.2.0#detrend",
      "add https://example.org/treatments/detrend/ --as detrend2",
      "add",
    ],
  },
  {
    name: "update",
    summary: "Fetch what a pinned URL stands for now, show what changed, and ask again",
    arguments: [{ name: "NAME", description: "A name in myx.lock; without it, all of them" }],
    flags: [YES],
    remote: true,
    examples: ["update detrend"],
  },
  {
    name: "remove",
    summary: "Take a treatment or flow from elsewhere out of myx.lock",
    arguments: [{ name: "NAME", description: "Its name in myx.lock", required: true }],
    flags: [],
    remote: true,
    examples: ["remove detrend"],
  },
  {
    name: "logs",
    summary: "Show what ran, from the project's myx.log",
    arguments: [],
    flags: [
      { name: "run", value: "ID", description: "Only this run" },
      { name: "last", value: "N", type: "count", description: "The last N entries (default: 50, or all of --run)" },
      { name: "errors", description: "Only errors" },
      { name: "json", description: "Print the entries as they are, one JSON object per line" },
    ],
    examples: ["logs --last 20", "logs --errors"],
  },
  {
    name: "completions",
    summary: "Print shell completions for a command named myx",
    details: `Load them in bash and zsh with: eval "$(${DENO} task -q myx completions SHELL)", and in fish with:\n` +
      `${DENO} task -q myx completions fish | source`,
    arguments: [{
      name: "SHELL",
      description: "bash, zsh or fish",
      required: true,
      choices: ["bash", "zsh", "fish"],
    }],
    flags: [],
    examples: ["completions bash"],
  },
  {
    name: "help",
    summary: "Show help, of everything or of one command",
    arguments: [{ name: "COMMAND", description: "A command", complete: "command" }],
    flags: [],
    examples: ["help flow"],
  },
];

/** The command called `name`. */
export function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
