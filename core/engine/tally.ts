import { pathToFileURL } from "node:url";
import { MyxError } from "../contract/errors.ts";
import { compareNames } from "../data/naming.ts";
import { explainDisk, isDiskFull } from "./disk_error.ts";
import type { PlannedUnit, StepPlan } from "./plan.ts";
import type { Published } from "./publish.ts";
import type { PartitionError, StepReport } from "./report.ts";
import type { RunState } from "./run_state.ts";
import type { SealedReport } from "./seal.ts";
import type { StepState } from "./workspace.ts";

type Metrics = Readonly<Record<string, number>>;

/** Counts what a step does, tells the log and those who watch, and makes the report. */
export class Tally {
  readonly #state: StepState;
  readonly #run: RunState;
  readonly #total: number;
  /** Partitions that are still to be computed. */
  #left: number;
  readonly #start = performance.now();
  readonly #counts = { computed: 0, failed: 0, blocked: 0 };
  /** Without a prototype: a counter may be called "constructor". */
  readonly #metrics: Record<string, number> = Object.create(null);
  readonly #errors: PartitionError[] = [];
  readonly #warnings = new Set<string>();
  readonly #perFile = new Map<string, Metrics>();
  readonly #running = new Map<string, number>();
  /** Their sum: hundreds of files may be on their way. */
  #underway = 0;
  /** Rows of each file published, by name: a joined one may be published more than once. */
  readonly #published = new Map<string, number>();
  #rowsIn = 0;
  #rejects = 0;

  constructor(state: StepState, run: RunState, total: number) {
    this.#state = state;
    this.#run = run;
    this.#total = total;
    this.#left = total;
    this.#log("start");
    run.onEvent({ type: "step", step: state.step.name, treatment: state.step.treatment.name, total });
  }

  /** A partition's call went well. */
  computed(unit: PlannedUnit, result: { metrics: Metrics; warnings: readonly string[]; rejects: number }, ms: number) {
    const { metrics, warnings, rejects } = result;
    const rows = unit.own.reduce((sum, { name }) => sum + (unit.contents.get(name)?.rows ?? 0), 0);
    const rowsIn = rows || metrics.lines || 0;
    this.#counts.computed++;
    this.#rowsIn += rowsIn;
    this.#rejects += rejects;
    for (const name in metrics) {
      if (!isTime(name)) this.#metrics[name] = (this.#metrics[name] ?? 0) + metrics[name]!;
    }
    for (const text of warnings) this.warn(`${unit.key}: ${text}`);
    this.listFile(unit, metrics);
    const { key, reason } = unit;
    const why = reason === undefined ? {} : { reason };
    this.#log("success", { partition: key, duration_ms: Math.round(ms), rows_in: rowsIn, rejects, ...why });
    this.#ended(unit);
  }

  /** Files were put in place. */
  published(files: readonly Published[]): void {
    for (const { name, rows } of files) this.#published.set(name, rows);
  }

  /** A partition failed. */
  failed(unit: PlannedUnit, error: unknown): void {
    this.#counts.failed++;
    this.#perFile.delete(unit.key); // What an earlier run counted says nothing about the file as it is now.
    this.#run.failures.add(this.#state, unit);
    this.error(unit.key, error);
    this.#ended(unit);
  }

  /** A partition waits for one that failed. */
  blocked(unit: PlannedUnit): void {
    this.#counts.blocked++;
    this.#run.failures.add(this.#state, unit);
    this.#log("skip", { partition: unit.key, error: "a partition it needs failed" });
  }

  /** Something went wrong that is no partition's alone. */
  error(partition: string, cause: unknown): void {
    const error = this.#explain(cause);
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
    this.#errors.push({
      partition,
      message,
      ...this.#fixOf(error),
      ...(this.#run.debug && stack ? { stack } : {}),
    });
    this.#log("error", { partition, error: message });
  }

  /** What to do about an error. One of the language in code of the user's own tells neither what is wrong nor where. */
  #fixOf(error: unknown): { fix?: string } {
    if (error instanceof MyxError) return error.fix ? { fix: error.fix } : {};
    const { origin, codeDir } = this.#state.step.treatment;
    if (origin === "built-in" || this.#run.debug || !(error instanceof Error)) return {};
    const { message, stack = "" } = error;
    // Code of ours joins its files, and an import that fails tells its place. Stacks have the addresses of files: "%20" for " ".
    const code: string = pathToFileURL(`${codeDir}/`).href;
    const isHidden = stack.includes(code) && !message.includes(code);
    return isHidden && /^(?:Type|Reference|Range)Error: /.test(stack)
      ? { fix: "Run it again with --debug to see where in its code" }
      : {};
  }

  /** What a treatment says of a full disk is the system's words; a database's disk is another matter. */
  #explain(error: unknown): unknown {
    const { output, step: { treatment } } = this.#state;
    return isDiskFull(error) && treatment.output.format !== "none" ? explainDisk(error, `"${output}"`) : error;
  }

  /** Whether anything went wrong so far. */
  hasErrors(): boolean {
    return this.#errors.length > 0 || this.#counts.blocked > 0;
  }

  /** Something odd that is no failure; the same words count once. */
  warn(message: string): void {
    if (this.#warnings.has(message)) return;
    this.#warnings.add(message);
    this.#run.onEvent({ type: "warning", step: this.#state.step.name, message });
  }

  /** Remembers a raw file's counters for `flow --json`. */
  listFile(unit: PlannedUnit, metrics: Metrics): void {
    if (unit.partition.file === undefined) return;
    const listed: Record<string, number> = {};
    // What belongs to one domain is of no use in a list of files.
    for (const name in metrics) if (!isTime(name) && !name.includes(":")) listed[name] = metrics[name]!;
    this.#perFile.set(unit.key, listed);
  }

  /** The call of some partitions told how far it is, from 0 to 1. */
  progress(units: readonly PlannedUnit[], part: number): void {
    for (const unit of units) this.#move(unit, part);
    this.#tellProgress();
  }

  /** What can be reported again for as long as the step stays fresh, or `undefined` if it is not. */
  sealable(plan: StepPlan, files: number): SealedReport | undefined {
    if (this.hasErrors() || this.#warnings.size || this.#counts.computed) return undefined;
    return { partitions: plan.units.length, files, perFile: Object.fromEntries(this.#perFile) };
  }

  /** Takes over what was reported when the step was sealed. */
  unseal({ perFile }: SealedReport): void {
    for (const [file, metrics] of Object.entries(perFile)) this.#perFile.set(file, metrics);
  }

  /** Ends the step, of so many partitions and with so many files in its output folder. */
  report({ partitions, files }: Pick<SealedReport, "partitions" | "files">): StepReport {
    const { step, folder } = this.#state;
    const { computed, failed, blocked } = this.#counts;
    const aborted = this.#run.signal.aborted;
    const left = this.#left;
    const fresh = Math.max(0, partitions - computed - failed - blocked - left);
    const report: StepReport = {
      name: step.name,
      treatment: step.treatment.name,
      input: step.input ?? "",
      output: folder,
      status: this.hasErrors() || aborted ? "error" : computed ? "success" : "skip",
      duration_ms: Math.round(performance.now() - this.#start),
      partitions: { total: partitions, computed, fresh, failed, blocked, ...(left ? { left } : {}) },
      files: { written: this.#published.size, total: files },
      rows_in: this.#rowsIn,
      // What goes into a database is in no file of ours: there, the treatment's word is all there is.
      rows_out: [...this.#published.values()].reduce((a, b) => a + b, this.#metrics.rows_loaded ?? 0),
      rejects: this.#rejects,
      metrics: this.#metrics,
      errors: this.#errors,
      warnings: [...this.#warnings],
      ...(step.treatment.partition.includes("file")
        ? {
          raw_files: [...this.#perFile].sort(([a], [b]) => compareNames(a, b)).map(([file, metrics]) => ({
            file,
            ...metrics,
          })),
        }
        : {}),
    };
    const { status, duration_ms, rows_in, rows_out, rejects } = report;
    this.#log(status, { duration_ms, rows_in, rows_out, rejects, ...(aborted ? { error: "interrupted" } : {}) });
    this.#run.onEvent({ type: "step-done", report });
    return report;
  }

  #ended(unit: PlannedUnit): void {
    // Others can fail as well: what was fresh, by its rejects.
    if (unit.reason !== undefined) this.#left--;
    this.#move(unit, 0);
    this.#running.delete(unit.key);
    this.#tellProgress();
  }

  #move({ key }: PlannedUnit, part: number): void {
    this.#underway += part - (this.#running.get(key) ?? 0);
    this.#running.set(key, part);
  }

  #tellProgress(): void {
    const { computed, failed } = this.#counts;
    // Sums of fractions are not quite what they should be.
    const done = computed + failed + this.#underway + 1e-6;
    this.#run.onEvent({
      type: "progress",
      step: this.#state.step.name,
      done: Math.min(Math.floor(10 * done) / 10, this.#total),
      total: this.#total,
    });
  }

  #log(status: "start" | "success" | "error" | "skip", more: Record<string, number | string> = {}): void {
    const { step, input, output } = this.#state;
    this.#run.log({
      run_id: this.#run.runId,
      flow: this.#run.flow,
      step: step.name,
      treatment: step.treatment.name,
      status,
      ...(input === undefined ? {} : { input_dir: input }),
      output_dir: output,
      ...more,
    });
  }
}

/** Whether a metric is a point in time, which cannot be added up. */
function isTime(metric: string): boolean {
  return metric.startsWith("ts_");
}
