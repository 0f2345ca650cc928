import type { ColumnType } from "../data/table.ts";
import { type Domain, hasKey } from "./domains.ts";

/** What becomes of a key's values. */
export const SKIP = 0, INT = 1, FLOAT = 2;

/** The keys met so far. A slot is a key's number; what is known of it stands in plain arrays for the hot loops. */
export interface Keys {
  /** The keys as written. */
  readonly names: readonly string[];
  /** Number of the key's domain, -1 where it has none. */
  readonly domains: readonly number[];
  /** What becomes of its values: 0 they are left out, 1 whole numbers, 2 floats. */
  readonly kinds: readonly number[];
  /** The type of a domain's columns. */
  typeOf(slot: number): ColumnType;
  /** The slot of a key, a new one if it was not met before. */
  slotOf(name: string): number;
  /** A new file begins, with as much room for keys of no domain as any other: its counts are its own. */
  begin(): void;
}

/** A file of garbage has no end of keys; those of no domain behind so many share one slot. */
const MOST_UNKNOWN = 1000;
/** The name of that slot. */
const OTHERS = "(others)";
const LONGEST_NAME = 100;

/** Builds the register of keys for a list of domains. */
export function createKeys(domains: readonly Domain[]): Keys {
  let slots = new Map<string, number>();
  // Slots of all files by name; `slots` has those of this one.
  const all = new Map<string, number>();
  const names: string[] = [];
  const numbers: number[] = [];
  const kinds: number[] = [];
  let unknown = 0;
  const add = (name: string, domain: number) => {
    names.push(name);
    numbers.push(domain);
    kinds.push(domain < 0 ? SKIP : domains[domain]!.dtype === "int" ? INT : FLOAT);
    return names.length - 1;
  };
  const others = add(OTHERS, -1);
  return {
    names,
    domains: numbers,
    kinds,
    typeOf: (slot) => kinds[slot] === INT ? "int64" : "float64",
    slotOf(name) {
      let slot = slots.get(name);
      if (slot !== undefined) return slot;
      const domain = domains.findIndex((candidate) => hasKey(candidate, name));
      if (domain < 0 && (name.length > LONGEST_NAME || ++unknown > MOST_UNKNOWN)) return others;
      slot = all.get(name) ?? add(name, domain);
      slots.set(name, slot);
      all.set(name, slot);
      return slot;
    },
    begin() {
      slots = new Map();
      unknown = 0;
    },
  };
}
