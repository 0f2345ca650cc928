import type { Database } from "myx";
import type { RawFile } from "./files.ts";
import { HOUR_LENGTH } from "./hours.ts";
import { readHours } from "./ledger.ts";
import { rangeOf, type Settings } from "./settings.ts";
import type { Target } from "./target.ts";

/** Some devices and their files. */
export interface Share {
  /** The hours that the ledger knows of each device: see {@linkcode readHours}. */
  readonly recorded: ReadonlyMap<string, string>;
  /** In name order. */
  readonly files: readonly RawFile[];
}

/**
 * Cuts a load into shares of about `most` hours, or of one device that has more: all that is known of an hour takes almost
 * 1 KB, so that of years of many devices does not fit into memory at once. Devices come in the order of their files.
 */
export async function sharesOf(
  db: Database,
  target: Target,
  files: readonly RawFile[],
  settings: Settings,
  most: number,
): Promise<Share[]> {
  const recorded = await readHours(db, target, rangeOf(settings));
  const groups = Map.groupBy(files, ({ device }) => device);
  const shares: { recorded: Map<string, string>; files: RawFile[] }[] = [];
  let room = 0;
  for (const device of new Set([...groups.keys(), ...recorded.keys()])) {
    const own = groups.get(device) ?? [];
    const known = recorded.get(device) ?? "";
    const hours = Math.max(
      own.reduce((sum, { facts }) => sum + facts.hours.hours.length, 0),
      known.length / HOUR_LENGTH,
    );
    if (shares.length === 0 || hours > room) {
      shares.push({ recorded: new Map(), files: [] });
      room = most;
    }
    const share = shares.at(-1)!;
    share.recorded.set(device, known);
    for (const file of own) share.files.push(file);
    room -= hours;
  }
  return shares;
}
