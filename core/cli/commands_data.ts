/** The commands that make datasets and look after them; the others, and what is said of all, stand in `commands.ts`. */
import type { Command, Flag } from "./command.ts";

/** For commands whose answer is data. */
export const JSON_FLAG: Flag = { name: "json", description: "Print one JSON document on stdout, of an error, too" };
const PARAMS: Flag = {
  name: "params",
  value: "JSON|@FILE",
  description: "Params as a JSON object, or @file.json; they win over the flow's and the steps'",
  complete: "params",
};
const FROM: Flag = { name: "from", value: "YYYY-MM-DD", type: "day", description: "First UTC day to process" };
const TO: Flag = { name: "to", value: "YYYY-MM-DD", type: "day", description: "Last UTC day to process, included" };
const JOBS: Flag = {
  name: "jobs",
  value: "N",
  type: "count",
  description: "Most partitions to compute at once (default: one per core)",
};
const SANDBOX: Flag = {
  name: "sandbox",
  value: "WALL",
  choices: ["bwrap"],
  description: "A second wall around treatments: bwrap runs them in bubblewrap, too (Linux; must be installed)",
};
const STRICT: Flag = { name: "strict", description: "Fail a partition that rejects any line or value" };
const OUTPUT_MODES = ["append", "replace", "full-replace"];

/** In the order help lists them. */
export const DATA_COMMANDS: readonly Command[] = [
  {
    name: "flow",
    summary: "Run a flow: every step in order, every partition in parallel",
    details:
      "Computes every selected partition; with --last only those whose inputs, params or code changed. A partition that\n" +
      "fails stops only what needs it, and files already published stay as they are.\n" +
      "Exit codes: 0 done or up-to-date, 1 a step failed, 2 bad usage or invalid flow, 3 locked, 130 interrupted.",
    arguments: [{
      name: "NAME|PATH|URL",
      description: "A flow's name, its file, or a URL that is pinned",
      required: true,
      complete: "flow",
    }],
    flags: [
      { name: "last", description: "Compute only what is stale, and say why" },
      FROM,
      TO,
      { name: "step", value: "NAME[,NAME]", description: "Only these steps", complete: "step" },
      { name: "from-step", value: "NAME", description: "This step and those behind it", complete: "step" },
      { name: "to-step", value: "NAME", description: "The steps up to this one", complete: "step" },
      {
        name: "output-mode",
        value: "MODE",
        choices: OUTPUT_MODES,
        description:
          "append (default) keeps outputs whose inputs vanished, replace removes them in the selected range, " +
          "full-replace starts the selected steps from empty",
      },
      PARAMS,
      { name: "dataset", value: "NAME", description: "Run on this dataset, not the flow's", complete: "dataset" },
      JOBS,
      SANDBOX,
      {
        name: "dry-run",
        description:
          "Print each partition that is known to be computed and why, and which steps follow; compute nothing",
      },
      STRICT,
      { name: "wait", description: "Wait for another run that writes the same folders, rather than end with code 3" },
      JSON_FLAG,
    ],
    examples: [
      "flow valvometry_daily",
      "flow valvometry_daily --last",
      "flow valvometry_daily --from 2026-01-20 --to 2026-01-21 --dry-run",
      `flow valvometry_daily --from-step resample --params '{"max_gap_fill_s": 5}'`,
    ],
  },
  {
    name: "run",
    summary: "Run one treatment on a folder, without a flow",
    details:
      "Paths are relative to the current folder, whatever --project says; under deno task that is the project's, wherever\n" +
      "you stand in it. What is remembered about the run lies in .myx beside the output.",
    arguments: [{
      name: "TREATMENT",
      description: "A treatment's name, or the path of its folder",
      required: true,
      complete: "treatment",
    }],
    flags: [
      { name: "input", value: "DIR", description: "Folder to read", complete: "folder" },
      {
        name: "output",
        value: "DIR",
        description: "Folder to write",
        required: true,
        writes: true,
        complete: "folder",
      },
      PARAMS,
      FROM,
      TO,
      { name: "mode", value: "MODE", choices: OUTPUT_MODES, description: "As --output-mode of flow" },
      { name: "output-mode", value: "MODE", choices: OUTPUT_MODES, description: "The same as --mode" },
      JOBS,
      SANDBOX,
      STRICT,
      JSON_FLAG,
    ],
    examples: [
      "run simulate --output datasets/demo/00_raw",
      "run parse --input datasets/demo/00_raw --output datasets/demo/10_parsed",
    ],
  },
  {
    name: "init",
    summary: "Start a dataset: its folder and a flow for it",
    details:
      "Creates datasets/DATASET/00_raw and flows/DATASET.json, and writes or extends the project's deno.json, which\n" +
      "gets a task for it; a compiled binary does without. Whatever is there already is kept; calling it again adds only\n" +
      "what is missing. A folder outside the project, as in --raw, needs a permission that the task does not have: the\n" +
      "error prints the command that has it. A compiled binary reads no such folder.",
    arguments: [{ name: "DATASET", description: "The dataset's name", required: true }],
    flags: [{
      name: "raw",
      value: "DIR",
      description: "Copy the raw files (*.csv, *.csv.gz) of this folder into the dataset; the originals stay",
      complete: "folder",
    }],
    examples: ["init mussels", "init mussels --raw /media/usb/logger"],
  },
  {
    name: "status",
    summary: "Show each step's folder, files and last date, and what is stale",
    arguments: [{
      name: "FLOW",
      description: "A flow; without it, every flow whose dataset exists, and datasets that no flow names",
      complete: "flow",
    }],
    flags: [
      { name: "dataset", value: "NAME", description: "Look at this dataset, not the flow's", complete: "dataset" },
      JSON_FLAG,
    ],
    examples: ["status", "status valvometry_daily --json"],
  },
  {
    name: "verify",
    summary: "Check every file of a dataset against the ledger, its inputs and its own promises",
    details:
      "Reads every byte: what is missing, damaged, made from older inputs, out of order or not accounted for is listed,\n" +
      "and ends with code 1. --repair then computes just that.",
    arguments: [{ name: "DATASET", description: "The dataset's name", required: true, complete: "dataset" }],
    flags: [
      {
        name: "flow",
        value: "NAME",
        description: "The flow that makes it, if not the only one that names it",
        complete: "flow",
      },
      { name: "repair", description: "Compute what is at fault" },
      JOBS,
      JSON_FLAG,
    ],
    examples: ["verify demo --flow valvometry_daily", "verify mussels --repair"],
  },
  {
    name: "watch",
    summary: "Run the stale part of a flow whenever raw files arrive",
    details:
      "Waits until files have been quiet for 2 s, but no longer than 30 s, and never runs twice at once. Looks again every\n" +
      "--every seconds, because network drives do not tell of changes. Ctrl-C ends it.",
    arguments: [{ name: "FLOW", description: "A flow's name, or its file", required: true, complete: "flow" }],
    flags: [
      { name: "dataset", value: "NAME", description: "Run on this dataset, not the flow's", complete: "dataset" },
      { name: "every", value: "S", description: "Look again after so many seconds (default: 300)", type: "count" },
      JOBS,
      STRICT,
    ],
    examples: ["watch mussels"],
  },
];
