import { ROW_FLAG } from "myx";
import type { Feed } from "./feed.ts";

/** What the ledger knows of one feed of a unit. */
export interface Input {
  /**
   * Content of the file; null where it has to be loaded again to be whole: another feed has taken a column of it, or rows
   * or columns were lost.
   */
  readonly sha256: string | null;
  /** Its columns in the table (wide), or its sensors (long). */
  readonly columns: readonly string[];
  /** What a flag of whole rows is called: tells how columns were named. */
  readonly naming: string;
  /** Which dataset it is from: what others have loaded is not ours to remove. */
  readonly origin: string;
  /** The folder that it is from, which may be another step's; older ledgers do not say. */
  readonly folder?: string;
  /** The step that has loaded it, by its output folder: several may read one folder. Older ledgers do not say. */
  readonly step?: string;
}

/** By feed. */
export type Inputs = Readonly<Record<string, Input>>;

/** What a load does to a unit. */
export interface Change {
  /** What the ledger says afterwards. */
  readonly inputs: Inputs;
  /** Columns that other feeds have filled and that stay. */
  readonly kept: readonly string[];
  /** Columns that feeds of this run had filled and do not any more. */
  readonly dropped: readonly string[];
  /** Whether what no feed has filled goes, too. */
  readonly replace: boolean;
}

/** Names of columns by feed, as they are in the table. */
export type FeedColumns = ReadonlyMap<Feed, readonly string[]>;

/** Whose inputs are whose, and what happens to those that are gone. */
export interface Ownership {
  /** The dataset that this run loads. */
  readonly origin: string;
  /** Name of the folder that this run loads. */
  readonly folder: string;
  /** Names of the files in it. */
  readonly files: ReadonlySet<string>;
  /** The output folder of the step that this run is. */
  readonly step: string;
  /** Whether no other dataset loads into this database: the embedded one is copied and moved with its own. */
  readonly alone: boolean;
  /** Whether what this dataset has loaded before, and does not now, is removed. */
  readonly replace: boolean;
  /** Whether what the ledger calls loaded is loaded all the same. */
  readonly anew: boolean;
}

/** Whether `input` is this run's to replace. */
export function isOwn(input: Input, ownership: Ownership): boolean {
  return isOfDataset(input, ownership) && (input.folder ?? ownership.folder) === ownership.folder;
}

/**
 * Whether feed `id` is this run's to remove, too. Other steps may load other files and columns of the same folder; but of a
 * file that is gone no step has any, not even one that is called otherwise by now.
 */
export function mayRemove(id: string, input: Input, ownership: Ownership): boolean {
  const isOfStep = (input.step ?? ownership.step) === ownership.step;
  return isOwn(input, ownership) && (isOfStep || !ownership.files.has(fileOf(id)));
}

/** The file of a feed that the ledger names. */
export function fileOf(id: string): string {
  return id.replace(/(?<=\.parquet) \{.*$/s, "");
}

/** Whether `input` is from the dataset that this run loads. */
export function isOfDataset({ origin }: Input, ownership: Ownership): boolean {
  return ownership.alone || origin === ownership.origin;
}

/** Whether a unit holds what `feeds` would write. */
export function isFresh(recorded: Inputs, feeds: readonly Feed[], ownership: Ownership): boolean {
  const ids = new Set(feeds.map(({ id }) => id));
  const gone = Object.entries(recorded).some(([id, input]) => !ids.has(id) && mayRemove(id, input, ownership));
  return !ownership.anew && !(ownership.replace && gone) && feeds.every((feed) => {
    const known = recorded[feed.id];
    return known?.sha256 === feed.file.sha256 && known.naming === namingOf(feed) && saysWhose(known, ownership);
  });
}

/** Another step that replaces would take what is from no folder, or of no step, for its own. */
function saysWhose({ folder, step }: Input, ownership: Ownership): boolean {
  return !ownership.replace || (folder !== undefined && step === ownership.step);
}

/** The same, but those that `test` names count as not loaded: what the table has of them is not what they gave. */
export function distrust(inputs: Inputs, test: (input: Input) => boolean = () => true): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([id, input]) => [id, test(input) ? { ...input, sha256: null } : input]),
  );
}

function namingOf(feed: Feed): string {
  return feed.nameOf(ROW_FLAG);
}

/** What loading `feeds` with these columns does to a unit that was made from `recorded`. */
export function changeOf(recorded: Inputs, columns: FeedColumns, ownership: Ownership): Change {
  const { origin, folder, step, replace } = ownership;
  const inputs: Record<string, Input> = {};
  const written = new Set([...columns.values()].flat());
  const present = new Set([...columns.keys()].map(({ id }) => id));
  const kept = new Set<string>();
  for (const [id, input] of Object.entries(recorded)) {
    if (present.has(id) || (replace && mayRemove(id, input, ownership))) continue;
    const left = input.columns.filter((name) => !written.has(name));
    left.forEach((name) => kept.add(name));
    if (left.length === 0 && input.columns.length > 0) continue;
    inputs[id] = left.length === input.columns.length ? input : { ...input, columns: left, sha256: null };
  }
  for (const [feed, names] of columns) {
    inputs[feed.id] = { sha256: feed.file.sha256, columns: names, naming: namingOf(feed), origin, folder, step };
  }
  const before = Object.values(recorded).flatMap((input) => input.columns);
  const dropped = before.filter((name) => !written.has(name) && !kept.has(name));
  return { inputs, kept: [...kept], dropped: [...new Set(dropped)], replace };
}
