import { type Context, type InputFile, readRaw, sourceOf } from "myx";
import { createHourStore, type HourRows, packHours, unpackHours } from "./hours.ts";
import type { FileFacts } from "./ledger.ts";
import { MOST_HOURS, type Settings } from "./settings.ts";

/** A raw file and what it holds. */
export interface RawFile {
  readonly file: InputFile;
  readonly device: string;
  readonly facts: FileFacts;
}

/** The raw files of a run. */
export interface RawFiles {
  /** In name order. */
  readonly files: readonly RawFile[];
  /** Facts that the ledger does not have yet. */
  readonly fresh: ReadonlyMap<string, FileFacts>;
  /** Files that cannot be read, and why. */
  readonly failed: ReadonlyMap<string, Error>;
  /**
   * The rows of a file, by hour.
   *
   * @throws {Error} If the file has other rows than when it was looked at.
   */
  rowsOf(raw: RawFile, hours: ReadonlySet<number>): Promise<ReadonlyMap<number, HourRows>>;
}

/**
 * Finds out what each raw file holds; one whose content is `known` is not read, but for rejects that are not to be.
 *
 * @param budget How many values may be kept in memory until they are loaded.
 * @throws {TypeError} If files of two sources have one device.
 */
export async function readFiles(
  inputDir: string,
  known: ReadonlyMap<string, FileFacts>,
  settings: Settings,
  budget: number,
  context: Context,
): Promise<RawFiles> {
  const files: RawFile[] = [];
  const fresh = new Map<string, FileFacts>();
  const failed = new Map<string, Error>();
  const held = new Map<string, ReadonlyMap<number, HourRows>>();
  let [room, hours] = [budget, MOST_HOURS];
  for (const [file, device] of nameDevices(inputDir, context.files, settings, failed)) {
    const facts = known.get(file.name);
    if (facts && isCurrent(facts, file, settings) && !(context.strict && facts.rejects)) {
      context.metric("pending", facts.pending);
      files.push({ file, device, facts });
      continue;
    }
    try {
      const { facts, rows, values } = await readFacts(file, settings, budget, context);
      files.push({ file, device, facts });
      fresh.set(file.name, facts);
      if (!rows || values > room || rows.size > hours) continue;
      held.set(file.name, rows);
      room -= values;
      hours -= rows.size;
    } catch (error) {
      failed.set(file.name, error as Error);
    }
  }
  return {
    files,
    fresh,
    failed,
    async rowsOf(raw, hours) {
      const { name } = raw.file;
      const rows = held.get(name);
      // Only until they are first asked for, or they would take room beside all that follows.
      held.delete(name);
      return rows ?? await readAgain(raw, hours, settings, context);
    },
  };
}

/** The device of each file. Rows of two sources under one name would replace each other, and are refused. */
function nameDevices(
  inputDir: string,
  files: readonly InputFile[],
  { table, deviceId, reading }: Settings,
  failed: Map<string, Error>,
): Map<InputFile, string> {
  const devices = new Map<InputFile, string>();
  const owners = new Map<string, { source: string; name: string }>();
  for (const file of files) {
    const { name } = file;
    let source: string;
    try {
      source = sourceOf(inputDir, name, reading.substitutions);
    } catch (error) {
      failed.set(name, error as Error);
      continue;
    }
    const device = deviceId === "source" ? source : source.slice(source.lastIndexOf("_") + 1);
    const owner = owners.get(device) ?? { source, name };
    owners.set(device, owner);
    if (owner.source !== source) {
      throw new TypeError(
        `Cannot load "${name}" beside "${owner.name}": both are device "${device}" in table "${table}"; set ` +
          'device_id to "source", or make the sources equal with file_name_substitute if they are one',
      );
    }
    devices.set(file, device);
  }
  return devices;
}

function isCurrent(facts: FileFacts, { sha256, settled }: InputFile, { readingKey }: Settings): boolean {
  return facts.sha256 === sha256 && facts.reading === readingKey && (facts.pending === 0 || facts.settled === settled);
}

async function readFacts(file: InputFile, { reading, readingKey }: Settings, budget: number, context: Context) {
  const { sha256, settled } = file;
  let [pending, rejects] = [0, 0];
  const store = await readRaw(file, reading, {
    ...context,
    metric(name, value) {
      if (name === "pending") pending = value;
      // Of all files together, points in time would be added up.
      if (!name.startsWith("ts_")) context.metric(name, value);
    },
    reject(reject) {
      rejects++;
      context.reject(Object.assign({ file: file.name }, reject));
    },
    warn: (message) => context.warn(`${file.name}: ${message}`),
    progress: () => {},
  }, (keys) => createHourStore(keys, { budget, wants: () => true }));
  for (const [key, count] of store.unknown()) context.metric(`unknown_key:${key}`, count);
  const facts: FileFacts = {
    sha256,
    reading: readingKey,
    ...(context.folder === undefined ? {} : { step: context.folder }),
    settled,
    pending,
    ...(rejects > 0 ? { rejects } : {}),
    hours: packHours(store.facts()),
  };
  const values = facts.hours.values.reduce((sum, values) => sum + values, 0);
  return { facts, rows: store.rows(), values };
}

async function readAgain(
  { file, facts }: RawFile,
  hours: ReadonlySet<number>,
  { reading }: Settings,
  context: Context,
) {
  const silent = { metric() {}, reject() {}, warn() {}, progress() {} };
  const settled = { ...file, settled: facts.settled };
  const wants = (hour: number) => hours.has(hour);
  const store = await readRaw(
    settled,
    reading,
    { ...context, ...silent },
    (keys) => createHourStore(keys, { budget: Infinity, wants }),
  );
  const [known, found] = [unpackHours(facts.hours), store.facts()];
  for (const hour of hours) {
    if (known.get(hour)?.hash !== found.get(hour)?.hash) {
      throw new Error(`Cannot load "${file.name}": it changed while being read; run again`);
    }
  }
  return store.rows()!;
}
