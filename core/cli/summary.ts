import { join } from "node:path";
import type { FlowReport, StepReport } from "../engine/report.ts";
import { shortPath } from "./grants.ts";
import { PROGRAM } from "./command_line.ts";
import { paint } from "./paint.ts";
import { accountRaw, countsOf, mostFirst, unknownKeys } from "./summary_counts.ts";
import { formatCount, formatSpan, formatTable, plural } from "./table.ts";

/** Warnings and errors shown at most; the rest is counted. */
const SHOWN = 10;

/** How a summary differs from the default. */
export interface SummaryOptions {
  /** Folder that paths are shown from (default: the current one). */
  readonly base?: string;
  /** How the command line names the flow; absent for `run`, which has none. */
  readonly flow?: FlowWords;
  /** `--project DIR` with a space before it, where the line had it. */
  readonly project?: string;
  /** The last folder of Parquet files, as the report names it. */
  readonly parquet?: string;
}

/** How the next command is to name a flow, quoted for a shell. */
export interface FlowWords {
  /** Its name or path. */
  readonly flow: string;
  /** `--dataset NAME` with a space before it, where the line had it. */
  readonly dataset: string;
}

/** What a run did, for people: per step what it wrote, what went wrong, where results lie and what to try next. */
export function formatSummary(report: FlowReport, options: SummaryOptions = {}): string {
  const { base = Deno.cwd(), project = "", parquet } = options;
  const done = report.status === "up-to-date" ? [] : report.steps;
  const holdsParquet = report.steps.some(({ output, files }) => output === parquet && files.total > 0);
  const logs = `${PROGRAM} logs --errors${project}`;
  const sections = [
    headline(report),
    stepTable(done),
    accountRaw(done),
    ...done.map(rejectReasons),
    unknownKeys(done),
    formatWarnings(report.steps),
    errors(report.steps, logs),
    results(report, base),
    next(report, options, logs, holdsParquet ? shortPath(join(report.root, parquet!), base) : undefined),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function headline(report: FlowReport): string {
  const what = report.dataset === undefined ? report.flow : `${report.flow} on dataset ${report.dataset}`;
  const span = formatSpan(report.duration_ms);
  switch (report.status) {
    case "success":
      return paint("green", `${what}: done in ${span}`);
    case "up-to-date":
      return paint("green", `${what}: already up-to-date`);
    case "interrupted":
      return paint("yellow", `${what}: interrupted after ${span}; what is published stays, the same command goes on`);
    case "error": {
      // Steps that wait for one that failed have no error of their own.
      const failed = report.steps.filter(({ errors }) => errors.length > 0).map(({ name }) => name).join(", ");
      return paint(
        "red",
        `${what}: failed in ${failed || "a step"} after ${span}; files of failed partitions are as before`,
      );
    }
  }
}

function stepTable(steps: readonly StepReport[]): string {
  if (steps.length === 0) return "";
  const trouble = steps.some(({ partitions }) => partitions.failed + partitions.blocked > 0);
  const isCut = steps.some(({ partitions }) => partitions.left);
  const header = ["step", "files", "rows", "rejects", "nulled", "filled", "computed", "fresh"];
  const rows = steps.map((step) => {
    const { nulled, filled } = countsOf(step);
    const { computed, fresh, failed, blocked, left = 0 } = step.partitions;
    const counts = [step.files.written, step.rows_out, step.rejects, nulled, filled, computed, fresh];
    if (trouble) counts.push(failed, blocked);
    if (isCut) counts.push(left);
    return [step.name, ...counts.map(formatCount), formatSpan(step.duration_ms)];
  });
  const names = [...header, ...(trouble ? ["failed", "blocked"] : []), ...(isCut ? ["not come to"] : []), "time"];
  const table = formatTable([names, ...rows], names.map((_, i) => i).slice(1));
  const [first = "", ...rest] = table.split("\n");
  return [paint("bold", first), ...rest].join("\n");
}

function rejectReasons(step: StepReport): string {
  const reasons = mostFirst(Object.entries(step.metrics).filter(([name]) => name.startsWith("reject:")));
  if (reasons.length === 0) return "";
  const lines = reasons.slice(0, SHOWN).map(([name, count]) => `  ${formatCount(count)} x ${name.slice(7)}`);
  if (reasons.length > SHOWN) lines.push(`  and ${plural(reasons.length - SHOWN, "more reason")}`);
  return [`Rejected in ${step.name}, kept in ${step.output}/_rejects:`, ...lines].join("\n");
}

/** What is odd and no failure, the same of several partitions once; nothing if all is well. */
export function formatWarnings(steps: readonly StepReport[]): string {
  const all = steps.flatMap((step) =>
    step.warnings.map((warning) => {
      // The engine puts the partition before what a treatment says. What it says itself of a file begins with that in quotes.
      const [, partition = "", text = warning] = /^([^"].*?): (.+)$/s.exec(warning) ?? [];
      return { step: step.name, partition, text };
    })
  );
  const groups = grouped(all, ({ step, text }) => JSON.stringify([step, text]));
  if (groups.length === 0) return "";
  const lines = groups.slice(0, SHOWN).map((group) => {
    const { step, partition, text } = group[0]!;
    const single = `${step}: ${partition === "" ? text : `${partition}: ${text}`}`;
    const times = new Set(group.map(({ partition }) => partition)).size;
    if (times > 1) return `  ${step}, ${plural(times, "partition")}: ${text}`;
    return `  ${single}${group.length > 1 ? ` (${group.length} times)` : ""}`;
  });
  if (groups.length > SHOWN) lines.push(`  and ${formatCount(groups.length - SHOWN)} more (see --json)`);
  return [paint("yellow", "Warnings:"), ...lines].join("\n");
}

function errors(steps: readonly StepReport[], logs: string): string {
  const all = steps.flatMap((step) => step.errors.map((error) => ({ step: step.name, ...error })));
  const groups = grouped(all, ({ step, message, fix }) => JSON.stringify([step, message, fix]));
  if (groups.length === 0) return "";
  const lines = groups.slice(0, SHOWN).flatMap((group) => {
    const { step, partition, message, fix, stack } = group[0]!;
    const one = [step, partition].filter((part) => part !== "").join(" ");
    const where = group.length > 1 ? `${step}, ${plural(group.length, "partition")}` : one;
    const more = [fix, stack].filter((text) => text !== undefined); // The stack is there with --debug alone.
    return [`  ${where}: ${indent(message)}`, ...more.map((text) => `    ${indent(text)}`)];
  });
  if (groups.length > SHOWN) lines.push(`  and ${formatCount(groups.length - SHOWN)} more (${logs})`);
  return [paint("red", "Errors:"), ...lines].join("\n");
}

/** Items of equal key together, in the order of their first. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  return [...Map.groupBy(items, keyOf).values()];
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n    ");
}

function results(report: FlowReport, base: string): string {
  const rows = report.steps.filter((step) => step.files.total > 0).map((step) => [
    `  ${shortPath(join(report.root, step.output), base)}`,
    plural(step.files.total, "file"),
  ]);
  return rows.length === 0 ? "" : `Results:\n${formatTable(rows)}`;
}

function next(report: FlowReport, options: SummaryOptions, logs: string, parquet: string | undefined): string {
  const { flow: words, project = "" } = options;
  const tips: [string, string][] = [];
  if (report.status === "error") tips.push(["see what went wrong", logs]);
  const flow = words && `${words.flow}${words.dataset}${project}`;
  if (flow !== undefined) {
    tips.push(["see what there is and what is stale", `${PROGRAM} status ${flow}`]);
    if (report.status !== "up-to-date") tips.push(["compute only what is new", `${PROGRAM} flow ${flow} --last`]);
  }
  if (report.dataset !== undefined && report.steps.some(({ metrics }) => metrics.rows_loaded !== undefined)) {
    // Without a "!", which interactive shells take for a word of their history, in double quotes, too.
    const query = "select target, sum(rows) from myx_ledger where unit not similar to '(file|table):%' group by 1";
    const named = `--flow ${words?.flow ?? report.flow}${project}`;
    tips.push(["query the tables", `${PROGRAM} sql ${report.dataset} ${named} "${query}"`]);
  }
  if (parquet && report.exit_code === 0) {
    // One file: of a whole folder pandas drops the columns of all domains but the first, and mixes the windows.
    const one = `min(glob.glob('${parquet}/*.parquet'))`;
    tips.push(["open a Parquet file", `python -c "import glob, pandas; print(pandas.read_parquet(${one}))"`]);
  }
  return tips.length === 0 ? "" : `Next:\n${formatTable(tips.map(([why, call]) => [`  ${why}`, call]))}`;
}
