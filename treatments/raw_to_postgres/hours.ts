/** Rows of one raw file by UTC hour, and what tells two versions of an hour apart. */
import type { Keys, Row, RowStore } from "myx";
import { createDigest, type Digest, finishDigest, updateDigest } from "./digest.ts";

/** Microseconds in an hour. Hours are numbered from 1970. */
export const HOUR_US = 3600e6;

/** An hour as text, `2026-01-20T09`. */
export function hourText(hour: number): string {
  return new Date(hour * (HOUR_US / 1e3)).toISOString().slice(0, HOUR_LENGTH);
}

/** How long such a text is. */
export const HOUR_LENGTH = 13;

/** Reads such a text. */
export function parseHour(text: string): number {
  return Date.parse(`${text}:00:00Z`) / (HOUR_US / 1e3);
}

/** An hour of a device. */
export interface HourId {
  readonly device: string;
  readonly hour: number;
}

/** What the ledger calls an hour of a device: a source has no blank. */
export function hourKey({ device, hour }: HourId): string {
  return `${device} ${hourText(hour)}`;
}

/** Takes such a name apart. */
export function parseHourKey(key: string): HourId {
  return { device: key.slice(0, -1 - HOUR_LENGTH), hour: parseHour(key.slice(-HOUR_LENGTH)) };
}

/** The values that one file has for one hour, in the order of its lines. */
export interface HourRows {
  /** The sensors, in the order in which they first come. */
  readonly sensors: readonly string[];
  /** Three numbers a value: time in microseconds, number of its sensor, value (null is `NaN`). More may lie behind. */
  readonly cells: Float64Array;
  /** How many values there are. */
  readonly length: number;
}

/** What is known of a file's rows of one hour. */
export interface HourFact {
  /** The same for the same rows in the same order. */
  readonly hash: string;
  readonly values: number;
}

/** What is known of all hours of a file. That of all files is held at once: as maps of objects it would take four times the room. */
export interface FileHours {
  readonly hours: readonly number[];
  /** How many values each has. */
  readonly values: readonly number[];
  /** Their hashes, with a blank between. */
  readonly hashes: string;
}

/** What is known of the hours of a file, packed. */
export function packHours(facts: ReadonlyMap<number, HourFact>): FileHours {
  const list = [...facts.values()];
  return {
    hours: [...facts.keys()],
    values: list.map(({ values }) => values),
    hashes: list.map(({ hash }) => hash).join(" "),
  };
}

/** The same, by hour. */
export function unpackHours({ hours, values, hashes }: FileHours): Map<number, HourFact> {
  const list = hashes.split(" ");
  return new Map(hours.map((hour, i) => [hour, { hash: list[i]!, values: values[i]! }]));
}

/** The hours of a file as its lines are read. */
export interface HourStore extends RowStore {
  /** What was found, by hour. */
  facts(): Map<number, HourFact>;
  /** The rows, by hour; `undefined` if there were more than the store may hold. */
  rows(): Map<number, HourRows> | undefined;
  /** How often each key of no domain came. */
  unknown(): [string, number][];
}

/** Which rows are kept. */
export interface HourOptions {
  /** Values held at most; beyond that only their hashes are. */
  readonly budget: number;
  /** Whether rows of an hour are wanted. */
  wants(hour: number): boolean;
}

interface Block {
  readonly sensors: string[];
  /** Number of a sensor by the slot of its key, -1 where it has not come yet. */
  readonly locals: number[];
  cells: Float64Array;
  length: number;
  /** Of values before those in `cells`. */
  readonly digest: Digest;
}

/** Numbers of a value in `cells`. */
export const WIDTH = 3;
const FIRST_CAPACITY = 64 * WIDTH;

/** Makes the store. */
export function createHourStore(keys: Keys, { budget, wants }: HourOptions): HourStore {
  const blocks = new Map<number, Block | undefined>();
  const unknown: number[] = [];
  let current = NaN;
  let block: Block | undefined;
  let held = 0;
  let whole = true;

  function open(hour: number): void {
    current = hour;
    if (!blocks.has(hour)) {
      const fresh = { sensors: [], locals: [], cells: new Float64Array(FIRST_CAPACITY), length: 0 };
      blocks.set(hour, wants(hour) ? { ...fresh, digest: createDigest() } : undefined);
    }
    block = blocks.get(hour);
  }

  function localOf({ sensors, locals }: Block, slot: number): number {
    while (locals.length <= slot) locals.push(-1);
    if (locals[slot]! < 0) locals[slot] = sensors.push(keys.names[slot]!) - 1;
    return locals[slot]!;
  }

  /** Lets go of all rows; their hashes stay. */
  function fold(): void {
    for (const block of blocks.values()) {
      if (!block) continue;
      updateDigest(block.digest, block.cells, block.length);
      block.length = 0;
      block.cells = new Float64Array(FIRST_CAPACITY);
    }
    whole = false;
    held = 0;
  }

  function filled(): [number, Block][] {
    return [...blocks].flatMap(([hour, block]) =>
      block && block.digest.values + block.length > 0 ? [[hour, block]] : []
    );
  }

  return {
    add({ ts, count, slots, cells: values }: Row): boolean {
      const hour = Math.floor(ts / HOUR_US);
      if (hour !== current) open(hour);
      let known = false;
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        if (keys.domains[slot]! < 0) {
          while (unknown.length <= slot) unknown.push(0);
          unknown[slot]!++;
          continue;
        }
        known = true;
        if (!block) continue;
        const at = block.length * WIDTH;
        if (at === block.cells.length) {
          const wider = new Float64Array(2 * at);
          wider.set(block.cells);
          block.cells = wider;
        }
        let local = block.locals[slot] ?? -1;
        if (local < 0) local = localOf(block, slot);
        block.cells[at] = ts;
        block.cells[at + 1] = local;
        block.cells[at + 2] = values[i]!;
        block.length++;
        held++;
      }
      if (held > budget) fold();
      return known;
    },
    facts: () => new Map(filled().map(([hour, block]) => [hour, factOf(block)])),
    rows: () => whole ? new Map(filled()) : undefined,
    unknown: () => unknown.flatMap((count, slot) => count > 0 ? [[keys.names[slot]!, count]] : []),
  };
}

function factOf({ sensors, cells, length, digest }: Block): HourFact {
  const whole = { words: Int32Array.from(digest.words), values: digest.values };
  updateDigest(whole, cells, length);
  return { hash: finishDigest(whole, JSON.stringify(sensors)), values: whole.values };
}
