import { datasetOf } from "myx";
import type { RawFile } from "./files.ts";
import { HOUR_US, type HourId, hourKey, unpackHours } from "./hours.ts";
import type { Entry, Inputs, Parts } from "./ledger.ts";
import type { Settings } from "./settings.ts";

/** What the files of a run say of one hour of a device. */
export interface Hour extends HourId {
  /** The files that have rows of it, in name order. */
  readonly files: readonly RawFile[];
  readonly parts: Parts;
  /** How many values they have. */
  readonly values: number;
}

/** What decides whether an hour of the table is as it should be. */
export interface World {
  /** Name of the table. */
  readonly table: string;
  readonly origin: string;
  /** Whether the database is this dataset's alone: then nothing in it is another's, whatever the dataset was called. */
  readonly alone: boolean;
  readonly aggregation: string;
  readonly replace: boolean;
  /** Whether rows that others have taken out or changed are put back. */
  readonly restore: boolean;
  /** Whether a file is there and was read: rows of it that are not there any more are gone for good. */
  wasRead(name: string): boolean;
  /** Whether a file is there and could not be read. */
  hasFailed(name: string): boolean;
}

/** The hours that files have, on the days looked at. */
export function hoursOf(files: readonly RawFile[], { first, last }: Settings): Map<string, Hour> {
  const hours = new Map<string, Hour & { files: RawFile[]; parts: Record<string, string>; values: number }>();
  for (const raw of files) {
    for (const [hour, { hash, values }] of unpackHours(raw.facts.hours)) {
      if (hour * HOUR_US < first || hour * HOUR_US > last) continue;
      const key = hourKey({ device: raw.device, hour });
      const known = hours.get(key) ?? { device: raw.device, hour, files: [], parts: {}, values: 0 };
      hours.set(key, known);
      known.files.push(raw);
      known.parts[raw.file.name] = hash;
      known.values += values;
    }
  }
  return hours;
}

/**
 * What an hour of the table is to be made from, or `undefined` where it is as it should be. Without files in it, it goes.
 *
 * @throws {TypeError} If another dataset has loaded other rows of it from a file of the same name.
 */
export function judge(hour: Hour | undefined, entry: Entry | undefined, world: World): Inputs | undefined {
  const { origin, aggregation } = world;
  const parts = hour?.parts ?? {};
  const { own, others: before } = entry ? sharesOf(entry.inputs, world) : { own: {}, others: {} };
  const kept = keptOf(own, parts, world);
  const others = othersOf(before, parts, world);
  const inputs = { origin, aggregation, parts, kept, others };
  if (!hour && (!entry || keepsRows(inputs) || (isMoved(entry) && !world.restore))) return undefined;
  const touched = entry?.touched && world.restore;
  if (hour && entry && !touched && isFresh(entry.inputs, own, inputs, world)) return undefined;
  return inputs;
}

/** Whether an hour has only rows that somebody has moved there. */
function isMoved({ inputs }: Entry): boolean {
  return inputs.aggregation === undefined;
}

/** Whether an hour has rows that stay although no file of its `parts` has them. */
export function keepsRows({ kept, others = {} }: Inputs): boolean {
  return !isEmpty(kept) || !isEmpty(others);
}

/** Says that means among single values, or of other windows, would look like measurements; and what to do. */
export function mixtureError(
  { table, aggregation }: { readonly table: string; readonly aggregation: string },
  other: string,
  rest: string,
): TypeError {
  return new TypeError(
    `Cannot load table "${table}" with aggregation "${aggregation}": it was loaded with "${other}"${rest}`,
  );
}

/** What of an hour is of this dataset, and what of others. */
function sharesOf({ origin, parts, kept, others }: Inputs, world: World) {
  const shares: Record<string, Parts> = { ...others, [origin]: { ...parts, ...kept } };
  if (world.alone) return { own: Object.assign({}, ...Object.values(shares)) as Parts, others: {} };
  const { [world.origin]: own = {}, ...rest } = shares;
  return { own, others: rest };
}

/** The files of an hour that are gone, and whose rows are to stay. A file that only has another name is not gone. */
function keptOf(own: Parts, parts: Parts, world: World): Parts {
  const hashes = new Set(Object.values(parts));
  return filterParts(own, (name, hash) => {
    if (name in parts || world.wasRead(name) || hashes.has(hash)) return false;
    return !world.replace || world.hasFailed(name);
  });
}

/** What stays of other datasets. Files of one name are taken over where they have the same rows, or where asked to. */
function othersOf(others: Readonly<Record<string, Parts>>, parts: Parts, { table, replace }: World) {
  const staying: Record<string, Parts> = {};
  for (const [origin, files] of Object.entries(others)) {
    const name = Object.keys(files).find((name) => name in parts && files[name] !== parts[name]);
    if (name !== undefined && !replace) {
      throw new TypeError(
        `Cannot load "${name}" into table "${table}": the dataset "${
          datasetOf(origin)
        }" has loaded a file of this name; ` +
          "set schema or table, or take over its rows with --output-mode replace for this step alone (--step)",
      );
    }
    const rest = filterParts(files, (name) => !(name in parts));
    if (!isEmpty(rest)) staying[origin] = rest;
  }
  return staying;
}

function isFresh(before: Inputs, own: Parts, { parts, kept }: Inputs, { origin, alone, aggregation }: World): boolean {
  // Where a file that was gone is back, its rows have to take their place among the others again.
  return (alone || before.origin === origin) && before.aggregation === aggregation &&
    !Object.keys(before.kept).some((name) => name in parts) && isEqual(own, { ...parts, ...kept });
}

function filterParts(parts: Parts, wants: (name: string, hash: string) => boolean): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([name, hash]) => wants(name, hash)));
}

function isEqual(a: Parts, b: Parts): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function isEmpty(record: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(record).length === 0;
}
