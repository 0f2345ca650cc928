import type { ResolvedFlow } from "../contract/resolve.ts";
import { parseFileName } from "../data/naming.ts";
import { readParquet } from "../data/parquet.ts";
import { DAY_US, dayStart } from "../data/time.ts";
import { madeFrom, partsByOutput } from "./compare_outputs.ts";
import { hashFile } from "./hash.ts";
import type { UnitRecord } from "./ledger.ts";
import { hasFormat } from "./partition.ts";
import { nameGone, type StepPlan } from "./plan.ts";
import { type PlannedStep, planSteps } from "./plan_flow.ts";
import { isRawFolder } from "./raw_folder.ts";

/** Something that a dataset does not keep. */
export interface Fault {
  readonly step: string;
  /** File or partition. */
  readonly name: string;
  readonly fault: string;
}

/** What `verify` looked at and found. */
export interface Verification {
  readonly files: number;
  readonly partitions: number;
  readonly faults: readonly Fault[];
}

/** The parts that a raw file's lines fall into: together they are all of them. */
const LINE_PARTS = ["header", "blank", "rejected", "out_of_bounds", "no_known_key", "pending", "accepted"];

/**
 * Checks all files of a flow's dataset against the ledger, their inputs and their own promises. Every byte is read: a file
 * that rotted under an unchanged time stamp is found, and the ledger is told, so that `--last` computes it anew.
 */
export function verifyFlow(flow: ResolvedFlow): Verification {
  const steps = planSteps(flow, { last: true }, { reread: true });
  const faults: Fault[] = [];
  let files = 0;
  let partitions = 0;
  for (const planned of steps) {
    const { state: { step }, plan } = planned;
    const before = faults.length;
    const add = (name: string, fault: string) => faults.push({ step: step.name, name, fault });
    for (const { key, reason } of plan.units) if (reason) add(key, reason);
    for (const name of listStrangers(planned)) add(name, "was made by no run that the ledger knows");
    const rows = new Map<string, number>();
    for (const file of plan.files) {
      const { name, path } = file;
      files++;
      if (plan.orphaned.has(name) && hashFile(path, file.size) !== plan.outputs.get(name)!.sha256) {
        const gone = nameGone(plan.orphaned.get(name));
        add(name, `damaged output, made from ${gone}, now gone: put that back, or this one from an archive`);
        continue;
      }
      if (!name.endsWith(".parquet") || plan.staleNames.has(name)) continue;
      const fault = checkParquet(name, path, rows);
      if (fault) add(name, fault);
    }
    partitions += plan.units.length;
    // Files at fault make no sum.
    if (faults.length === before) { for (const [name, fault] of checkAccounts(planned, rows)) add(name, fault); }
  }
  return { files, partitions, faults };
}

/** Files in the place of results that the ledger does not know. Raw files are nobody's results. */
function listStrangers({ state: { step, output }, plan }: PlannedStep): string[] {
  if (isRawFolder(output)) return [];
  return [...plan.unknown].filter((name) => hasFormat(name, step.treatment.output.format)).sort();
}

/** Checks that a Parquet file keeps what its name and our format promise, and notes its rows. */
function checkParquet(name: string, path: string, rows: Map<string, number>): string | undefined {
  try {
    const { ts } = readParquet(path);
    const named = parseFileName(name);
    if (named) rows.set(name, ts.length);
    for (let i = 1; i < ts.length; i++) if (ts[i]! < ts[i - 1]!) return `ts goes back in row ${i}`;
    if (!named || !ts.length) return undefined;
    const start = dayStart(named.day);
    return ts[0]! < start || ts.at(-1)! >= start + DAY_US ? `holds rows that are not of ${named.day}` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Checks that no line of a raw file and no row of a domain went missing between the counters and the files. */
function checkAccounts({ state, plan }: PlannedStep, rows: ReadonlyMap<string, number>): [string, string][] {
  if (!state.step.treatment.partition.includes("file")) return [];
  const records: UnitRecord[] = [...plan.units.flatMap(({ record }) => record ?? []), ...plan.vanished];
  const counted = records.filter(({ metrics }) => areAccounts(metrics));
  const faults = counted.flatMap(({ key, metrics }): [string, string][] => {
    const sum = LINE_PARTS.reduce((total, part) => total + (metrics[part] ?? 0), 0);
    return sum === metrics.lines ? [] : [[key, `has ${metrics.lines} lines, of which ${sum} are accounted for`]];
  });
  const comparable = takeComparable(records, counted, plan.outputs);
  const names = new Set(comparable.flatMap(({ outputs }) => outputs));
  const found = new Map<string, number>();
  for (const name of names) {
    const domain = parseFileName(name)?.domain;
    if (domain !== undefined) found.set(domain, (found.get(domain) ?? 0) + (rows.get(name) ?? 0));
  }
  for (const [domain, count] of found) {
    const accepted = comparable.reduce((sum, { metrics }) => sum + (metrics[`rows:${domain}`] ?? 0), 0);
    if (accepted !== count) faults.push([domain, `has ${accepted} accepted rows, and ${count} in its files`]);
  }
  return faults;
}

/** Whether counters tell of each line and row where it went: a treatment of a user may count lines for people alone. */
function areAccounts(metrics: UnitRecord["metrics"]): boolean {
  const names = Object.keys(metrics);
  return ["lines", "accepted"].every((name) => names.includes(name)) && names.some((name) => name.startsWith("rows:"));
}

/**
 * Of the records with counters those whose rows all stand in outputs made of just such records. An output of other raw files
 * than those which are known to have rows of it, as when one is gone and the day is kept, holds not what was counted; and as
 * counters tell no rows of a single output, all that shares an output with it is left out, too.
 */
function takeComparable(
  records: readonly UnitRecord[],
  counted: readonly UnitRecord[],
  outputs: StepPlan["outputs"],
): UnitRecord[] {
  const parts = partsByOutput(records);
  const left = new Map(counted.map((record) => [record.key, record]));
  const isWhole = (name: string) => {
    const made = parts.get(name)!;
    return outputs.get(name)?.madeFrom === madeFrom(made) && made.every(([key]) => left.has(key));
  };
  // What is added while we go through it is gone through as well.
  const open = new Set([...parts.keys()].filter((name) => !isWhole(name)));
  for (const name of open) {
    for (const [key] of parts.get(name)!) {
      for (const other of left.get(key)?.outputs ?? []) open.add(other);
      left.delete(key);
    }
  }
  return [...left.values()];
}
