import type { RawFile } from "./files.ts";
import { HOUR_US, type HourId, hourKey } from "./hours.ts";
import type { Entry, Inputs, Parts } from "./ledger.ts";
import type { Settings } from "./settings.ts";

/** What the files of a run say of one hour of a device. */
export interface Hour extends HourId {
  readonly key: string;
  /** The files that have rows of it, in name order. */
  readonly files: readonly RawFile[];
  readonly parts: Parts;
  /** How many values they have. */
  readonly values: number;
}

/** What decides whether an hour of the table is as it should be. */
export interface World {
  readonly origin: string;
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
    for (const [hour, { hash, values }] of raw.facts.hours) {
      if (hour * HOUR_US < first || hour * HOUR_US > last) continue;
      const key = hourKey({ device: raw.device, hour });
      const known = hours.get(key) ?? { device: raw.device, hour, key, files: [], parts: {}, values: 0 };
      hours.set(key, known);
      known.files.push(raw);
      known.parts[raw.file.name] = hash;
      known.values += values;
    }
  }
  return hours;
}

/** What an hour of the table is to be made from, or `undefined` where it is as it should be. Without files in it, it goes. */
export function judge(hour: Hour | undefined, entry: Entry | undefined, world: World): Inputs | undefined {
  const { origin, aggregation } = world;
  const parts = hour?.parts ?? {};
  const kept = entry ? keptOf(entry.inputs, parts, world) : {};
  if (!hour && (!entry || !isEmpty(kept))) return undefined;
  const touched = entry?.touched && world.restore;
  if (hour && entry && !touched && isFresh(entry.inputs, parts, kept, world)) return undefined;
  return { origin, aggregation, parts, kept };
}

/** The files of an hour that are gone, and whose rows are to stay. A file that only has another name is not gone. */
function keptOf({ origin, parts: before, kept }: Inputs, parts: Parts, world: World): Parts {
  const hashes = new Set(Object.values(parts));
  return Object.fromEntries(
    Object.entries({ ...before, ...kept }).filter(([name, hash]) => {
      if (name in parts || world.wasRead(name) || hashes.has(hash)) return false;
      return !world.replace || origin !== world.origin || world.hasFailed(name);
    }),
  );
}

function isFresh(inputs: Inputs, parts: Parts, kept: Parts, { origin, aggregation }: World): boolean {
  // Where a file that was gone is back, its rows have to take their place among the others again.
  return inputs.origin === origin && inputs.aggregation === aggregation &&
    !Object.keys(inputs.kept).some((name) => name in parts) &&
    isEqual({ ...inputs.parts, ...inputs.kept }, { ...parts, ...kept });
}

function isEqual(a: Parts, b: Parts): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function isEmpty(parts: Parts): boolean {
  return Object.keys(parts).length === 0;
}
