/** Attacks that lie, and attacks that use up what is not theirs. */
import type { FlowReport } from "../../core/engine/report.ts";
import type { Attack } from "./attack.ts";

const FILES = /more than \d+ files and was stopped/;
const MB = /more than 10 MB and was stopped/;
const MEMORY = /more memory than it may/;
const TIME = /longer than 1 s and was stopped/;
const PRINTED = /printed more than 64 MB and was stopped/;

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;
const escapes = (texts: readonly string[]) => texts.some((text) => CONTROL.test(text));
const step = ({ steps }: FlowReport) => steps.at(-1)!;
const forged = (_: unknown, report: FlowReport) => step(report).metrics.forged === 1;

export const LYING: readonly Attack[] = [
  { name: "forge_message", guards: ["nonce"], seen: /the truth/, won: forged },
  { name: "forge_patched", guards: ["nonce"], seen: /the truth/, won: forged },
  {
    name: "forge_log",
    guards: ["claims"],
    seen: /all is well/,
    won: (_, report) => escapes(step(report).errors.map(({ message }) => message)),
  },
  {
    name: "forge_warning",
    guards: ["claims"],
    seen: /be warned/,
    exit: 0,
    won: (_, report) => escapes(step(report).warnings),
  },
  {
    name: "forge_metrics",
    guards: ["claims"],
    seen: /more metrics are left out/,
    exit: 0,
    won: (_, report) => Object.keys(step(report).metrics).length > 10_000,
  },
];

export const SPENDING: readonly Attack[] = [
  { name: "endless_loop", guards: ["time"], seen: TIME },
  { name: "microtask_loop", guards: ["time"], seen: TIME },
  { name: "ignore_signals", guards: ["time"], seen: TIME },
  { name: "eat_heap", guards: ["heap", "data"], seen: MEMORY },
  { name: "eat_buffers", guards: ["data"], seen: MEMORY },
  { name: "eat_wasm", guards: ["data"], seen: /memory/ },
  { name: "many_files", guards: ["output"], seen: FILES },
  { name: "many_folders", guards: ["output"], seen: FILES },
  { name: "big_file", guards: ["file-size", "output"], seen: /more than 10 MB|larger than it may|File too large/ },
  { name: "sparse_file", guards: ["file-size", "output"], seen: /more than 10 MB|larger than it may|File too large/ },
  { name: "many_bytes", guards: ["output"], seen: MB },
  { name: "print_lines", guards: ["printing"], seen: PRINTED },
  { name: "print_no_line", guards: ["printing"], seen: PRINTED },
];
