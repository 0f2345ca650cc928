import { expandHalo } from "../contract/placeholders.ts";
import { sha256 } from "../data/sha256.ts";
import { DAY_US, dayStart } from "../data/time.ts";
import { clipBounds, type Span } from "./clip.ts";
import { compareOutputs } from "./compare_outputs.ts";
import { type Contents, isCalm } from "./contents.ts";
import { boundsOf } from "./day_params.ts";
import { type FileStat, type FolderFile, isEmptyFolder, listFolder, type ListOptions } from "./folder.ts";
import type { ContentRecord, Ledger, OutputRecord, UnitRecord } from "./ledger.ts";
import { cutUnits, endingOf, folderWith, hasFormat, type Unit } from "./partition.ts";
import { retiredInputs } from "./raw_folder.ts";
import { describeChange, type UnitInputs } from "./reason.ts";
import { dayOf, type DaySelection, isRange, selects, selectsDay } from "./selection.ts";
import type { StepState } from "./workspace.ts";

/** A raw file left alone this long is taken as finished: a last line without its line end counts. */
const SETTLED_MS = 3_600_000;

/** Content of a partition's files. */
export interface ContentsByName {
  /**
   * The content of file `name`.
   *
   * @throws {MyxError} If it cannot be read.
   */
  get(name: string): ContentRecord | undefined;
}

/** A partition with what decides whether it has to be computed. */
export interface PlannedUnit extends Unit {
  /** Content of each own and halo file, by name. A raw file that is new is read when this is first asked for it. */
  readonly contents: ContentsByName;
  /** Whether it is hashed only while it is computed: it is new, and a change from now on would show. */
  readonly unhashed?: boolean;
  readonly record?: UnitRecord;
  /** Why it has to be computed; absent if it does not. */
  readonly reason?: string;
  /** Whether only its computing will tell which files it writes: it is new, or a raw file that is not what was recorded. */
  readonly open?: boolean;
  /** Why it cannot be computed: an input that is no readable file of its format. */
  readonly broken?: string;
}

/** What a step has to do. */
export interface StepPlan {
  readonly units: readonly PlannedUnit[];
  /** Recorded partitions that there are no longer: their own inputs are gone, or the folder is cut otherwise. */
  readonly vanished: readonly UnitRecord[];
  /** Keys of those whose inputs are all there: the treatment was edited to cut the folder otherwise. */
  readonly recut: ReadonlySet<string>;
  /** Tells of a file that was read here before whether the step that made it has itself removed it. */
  readonly isRetired: (name: string) => boolean;
  /** The files in the output folder. */
  readonly files: readonly FolderFile[];
  /** What the ledger knows of the files in the output folder, by name. */
  readonly outputs: ReadonlyMap<string, OutputRecord>;
  /** Files that the output folder holds and the ledger does not know. */
  readonly unknown: ReadonlySet<string>;
  /** Outputs that are missing, damaged or made from other parts than there are now. */
  readonly staleNames: ReadonlySet<string>;
  /** Outputs with an input that is gone, kept as they are: each with the names of those inputs, as far as they are known. */
  readonly orphaned: ReadonlyMap<string, readonly string[]>;
  /** Those of them that other inputs have rows of, which they may lack. */
  readonly heldBack: ReadonlySet<string>;
  /** Names of the files of rejects there are. */
  readonly rejects: ReadonlySet<string>;
  /** Files that cannot be read at all. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What a plan depends on besides the disk. */
export interface PlanOptions {
  /** Compute only what is stale. */
  readonly last: boolean;
  /** Outputs whose inputs are gone are made anew without them, instead of being kept. */
  readonly replace: boolean;
  readonly days: DaySelection;
  /** Paths of files that this run has changed, or will. */
  readonly changed: ReadonlySet<string>;
  readonly now: number;
  /** The files in the input folder, where they are known: they were listed as the output of the step before. */
  readonly files?: readonly FolderFile[];
  /** What lies in folders of the step, by path, where `readFolder` was asked. */
  readonly entries?: ReadonlyMap<string, readonly Deno.DirEntry[]>;
}

/** Compares a step's inputs and outputs with the ledger. */
export function planStep(state: StepState, ledger: Ledger, contents: Contents, options: PlanOptions): StepPlan {
  void state.source; // Code that cannot be used ends it here.
  const { treatment, params } = state.step;
  const bounds = boundsOf(state.step);
  const broken = new Map<string, string>();
  const contentOf = (file: FolderFile) => {
    try {
      return contents.of(file);
    } catch (error) {
      broken.set(file.name, (error as Error).message);
      return undefined;
    }
  };
  const errors: string[] = [];
  const folders: string[] = [];
  if (state.input !== undefined) contents.load(state.input);
  const entriesOf = (folder: string | undefined) => {
    const entries = options.entries?.get(folder ?? "");
    return entries ? { entries } : {};
  };
  const files = options.files ?? listInput(state, {
    onUnreadable: (name) => void errors.push(`"${name}" cannot be read: its name is not UTF-8; rename it`),
    onFolder: (name) => void folders.push(name),
    ...entriesOf(state.input),
  });
  const halo = (domain: string | undefined) => expandHalo(treatment, params, domain);
  const { units, ignored } = cutUnits(treatment, files, halo, (file) => contentOf(file)?.distinctTs ?? 1);
  const keys = new Set(units.map(({ key }) => key));
  const records = ledger.units(state.folder);
  const outputs = ledger.outputs(state.folder);
  contents.load(state.output);
  const there = listFolder(state.output, entriesOf(state.output));
  const published = new Map(there.map((file) => [file.name, file]));
  const present = [...records.values()].filter(({ key }) => keys.has(key));
  const vanished = [...records.values()].filter(({ key }) => !keys.has(key));
  const recut = keysOfRecut(vanished, files);
  let retired: ReadonlySet<string> | undefined;
  // Asked once, and not before there is need: where a source is called otherwise, years of files are retired.
  const isRetired = (name: string) => (retired ??= retiredInputs(state, ledger)).has(name);
  // What the step before has itself removed is not gone: others have its rows, or none has them any more.
  const isReleased = (key: string) => recut.has(key) || (treatment.partition.includes("file") && isRetired(key));
  const { faults, orphaned, heldBack } = compareOutputs(published, outputs, present, contents, {
    ...options,
    isReleased,
  });
  const byName = new Map(files.map((file) => [file.name, file]));
  const read: ContentsByName = {
    get(name) {
      const file = byName.get(name);
      return file && contentOf(file);
    },
  };
  const rejectsFolder = `${state.output}/_rejects`;
  const rejects = new Set(listFolder(rejectsFolder, entriesOf(rejectsFolder)).map(({ name }) => name));

  // Of what raw files have rows of, a run on some days makes these alone: others would be missed again by the next.
  const isMade = ({ partition }: Unit, name: string) =>
    !isRange(options.days) || partition.file === undefined || selectsDay(options.days, dayOf(name));

  const plan = (unit: Unit): PlannedUnit => {
    const record = records.get(unit.key);
    // A new raw file has to be computed whatever it holds: years of them are hashed one by one, beside the computing.
    const isNew = !record && unit.partition.file !== undefined;
    const known: ContentsByName = isNew ? { get: () => contents.of(unit.own[0]!) } : read;
    if (!isNew) { for (const files of [unit.own, unit.halo]) for (const file of files) contentOf(file); }
    const inputs = record ? inputsOf(unit, known, bounds, record.metrics) : "";
    const bad = broken.size ? [...unit.own, ...unit.halo].find(({ name }) => broken.has(name)) : undefined;
    const rewritten = options.changed.size
      ? inputNames(unit, record).find((name) => options.changed.has(`${state.input}/${name}`))
      : undefined;
    const change = describeChange(record, state, inputs);
    const ripe = isRipe(unit, record, options.now);
    // Other settings, or a line that was pending, can bring rows of other days.
    const selected = selects(options.days, unit, change || ripe ? undefined : record);
    const stale = change ??
      (record ? describeLoader(state, record, options.replace) : undefined) ??
      (ripe ? "a pending line whose file is now an hour old" : undefined) ??
      record?.outputs.map((name) => isMade(unit, name) ? faults.get(name) : undefined).find(Boolean) ??
      (hasRejects(record) && !rejects.has(rejectsName(unit))
        ? `missing output _rejects/${rejectsName(unit)}`
        : undefined) ??
      (rewritten ? `changed input ${rewritten}` : undefined);
    const reason = selected || rewritten ? stale ?? (options.last ? undefined : "selected") : undefined;
    return {
      ...unit,
      contents: known,
      // Of ours alone, which do not ask for the hash: what others are told must not depend on what the ledger knows.
      ...(isNew && treatment.origin === "built-in" && isCalm(unit.own[0]!, options.now) ? { unhashed: true } : {}),
      ...(record ? { record } : {}),
      ...(reason ? { reason } : {}),
      ...(!record || (unit.partition.file !== undefined && (change || ripe)) ? { open: true } : {}),
      ...(bad ? { broken: broken.get(bad.name)! } : {}),
    };
  };
  const planned = units.map(plan);
  const kept = planned.flatMap(({ record }) => record?.outputs.filter((name) => heldBack.has(name)) ?? []);
  return {
    units: planned,
    vanished,
    recut,
    isRetired,
    files: there,
    outputs,
    unknown: new Set(there.flatMap(({ name }) => outputs.has(name) ? [] : name)),
    staleNames: new Set(faults.keys()),
    orphaned,
    heldBack,
    rejects,
    errors,
    warnings: [
      ...ignored.map((name) =>
        `"${name}" is left out: "${treatment.name}" needs names like <source>__<domain>__<YYYY-MM-DD>.parquet`
      ),
      ...kept.map((name) => keptWarning(name, orphaned.get(name))),
      ...strayWarnings(state, files, folders),
    ],
  };
}

/** Keys of the partitions that are no longer cut although nothing that they read is gone. */
function keysOfRecut(vanished: readonly UnitRecord[], files: readonly FolderFile[]): Set<string> {
  if (!vanished.length) return new Set();
  const there = new Set(files.map(({ name }) => name));
  const isThere = ({ inputs }: UnitRecord) =>
    Object.keys((JSON.parse(inputs) as UnitInputs).own).every((name) => there.has(name));
  return new Set(vanished.filter(isThere).map(({ key }) => key));
}

/** Why a step that fills a database has to run although its inputs are as they were. */
function describeLoader({ step, kept }: StepState, record: UnitRecord, replace: boolean): string | undefined {
  if (kept !== undefined && isEmptyFolder(kept)) return "what it keeps with the dataset is gone";
  if (step.treatment.output.format !== "none" || !replace || record.metrics.replaced) return undefined;
  return "replace: rows of files that are gone may be there";
}

/** The first folder in an input folder with files that the treatment would read if they lay beside it. */
export function rawFolder({ step, input }: StepState, folders: readonly string[]): string | undefined {
  return folderWith(input!, folders.filter((name) => !name.startsWith("_")), step.treatment.input.format);
}

/** What is said of files in a raw folder that the treatment does not read: somebody meant them to be read. */
function strayWarnings(state: StepState, files: readonly FolderFile[], folders: readonly string[]): string[] {
  const { format } = state.step.treatment.input;
  if (state.producers.length) return [];
  const warnings: string[] = [];
  const stray = files.filter(({ name }) => !hasFormat(name, format));
  const [file, folder] = [stray[0]?.name, rawFolder(state, folders)];
  const why = `only files whose names end in ${endingOf(format)} are read`;
  if (stray.length === 1) warnings.push(`"${file}" is left out: ${why}`);
  else if (file !== undefined) {
    warnings.push(`"${file}" and ${stray.length - 1} more are left out: ${why}`);
  }
  if (folder !== undefined) {
    warnings.push(`The ${format} files in folder "${folder}" are left out: only those beside it are read`);
  }
  return warnings;
}

/** What is said of an output that has new rows, which would replace those of files that are gone. */
export function keptWarning(name: string, gone: readonly string[] = []): string {
  const day = dayOf(name);
  // Without days, replace would also remove those whose raw files were purged; of that day it does so for all sources.
  const [days, ofDay] = day === undefined ? ["", ""] : [` --from ${day} --to ${day}`, " of that day"];
  return `"${name}" is kept as it is: it was made from ${nameGone(gone)}, now gone; put that back, or run with ` +
    `--output-mode replace${days} to make it without, which removes all else${ofDay} whose raw files are gone`;
}

/** The inputs that are gone, in words. */
export function nameGone(gone: readonly string[] = []): string {
  if (!gone.length) return "a file";
  return `"${gone[0]}"${gone.length > 1 ? ` (and ${gone.length - 1} more)` : ""}`;
}

/** The file of a partition's rejects, below `_rejects/`. */
export function rejectsName({ key }: Pick<Unit, "key">): string {
  return `${key}.jsonl`;
}

/** Whether a recorded partition rejected anything. */
export function hasRejects(record: UnitRecord | undefined): boolean {
  return !!record && Object.keys(record.metrics).some((name) => name.startsWith("reject:"));
}

/** Names of the files that a partition reads, or read when it was recorded. */
function inputNames(unit: Unit, record: UnitRecord | undefined): string[] {
  const before = record ? JSON.parse(record.inputs) as UnitInputs : { own: {}, halo: {} };
  const now = [...unit.own, ...unit.halo].map(({ name }) => name);
  return [...new Set([...now, ...Object.keys(before.own), ...Object.keys(before.halo)])];
}

/** The visible files of a step's input folder; raw files, which no step writes, may be hard links. */
function listInput(state: StepState, options: ListOptions): FolderFile[] {
  if (state.input === undefined) return [];
  return listFolder(state.input, { hardLinks: !state.producers.length, ...options });
}

/** What a partition reads, in the canonical form that the ledger compares. */
export function inputsOf(
  unit: Unit,
  contents: ContentsByName,
  bounds: Readonly<Record<string, unknown>>,
  metrics: UnitRecord["metrics"] | undefined,
): string {
  const hashes = (files: Unit["own"]) => {
    const byName: Record<string, string> = {};
    for (const { name } of files) byName[name] = contents.get(name)?.sha256 ?? "unreadable";
    return byName;
  };
  // A raw file without a single stamp is the same under any bounds. All lines are told apart: others count lines, too.
  const empty = metrics?.accepted === 0 && metrics.out_of_bounds === 0 && metrics.ts_min === undefined;
  const clipped = empty ? {} : clipBounds(bounds, spanOf(unit, metrics));
  return JSON.stringify({ own: hashes(unit.own), halo: hashes(unit.halo), bounds: clipped } satisfies UnitInputs);
}

/** The time that a partition's rows can span: by its days, or, for a raw file, by what its rows told. */
function spanOf(unit: Unit, metrics: UnitRecord["metrics"] | undefined): Span | undefined {
  const days = unit.own.flatMap(({ day }) => day ?? []).sort();
  if (days.length && days.length === unit.own.length) {
    return { first: dayStart(days[0]!), last: dayStart(days.at(-1)!) + DAY_US - 1 };
  }
  // Of a file that names no day. Among others it may have rows of any.
  return !days.length && metrics?.ts_min !== undefined && metrics.ts_max !== undefined
    ? { first: metrics.ts_min, last: metrics.ts_max }
    : undefined;
}

/** Whether a raw file has been left alone long enough to take its last line as it is. */
export function isSettled({ mtimeMs, ctimeMs }: FileStat, now: number): boolean {
  // A copy may have the time of a logger whose clock is years ahead: then that of the copying tells.
  return now - (mtimeMs > now ? ctimeMs : mtimeMs) >= SETTLED_MS;
}

function isRipe(unit: Unit, record: UnitRecord | undefined, now: number): boolean {
  return !!record?.metrics.pending && unit.own.every((file) => isSettled(file, now));
}

/** A short hash of all that a partition was made from: of a file with a pending line not the same as with that line. */
export function printOf(
  { code, params, inputs, metrics }: Pick<UnitRecord, "code" | "params" | "inputs" | "metrics">,
): string {
  const pending = metrics.pending ? `\n${metrics.pending} pending` : "";
  return sha256(`${code}\n${params}\n${inputs}${pending}`).slice(0, 32);
}
