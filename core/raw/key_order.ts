import { type Keys, SKIP } from "./keys.ts";

/** The order in which the lines of a file name their keys, as the hot loop wants it: `key:` as words. */
export interface KeyOrder {
  /** What stands between keys. */
  readonly delimiter: string;
  /** How many keys it has, then for each: its slot, the first four bytes of `key:`, which bits of them count, length. */
  size: number;
  slots: Int32Array;
  words: Int32Array;
  masks: Int32Array;
  lengths: Int32Array;
  /** SKIP, INT or FLOAT. */
  kinds: Int32Array;
  /** `key:` in full. */
  texts: readonly Uint8Array[];
  /** Changes whenever the keys do. */
  version: number;
  /** Whether the whole of `key:` stands at `at`. */
  matches(index: number, bytes: Uint8Array, at: number): boolean;
  /** Lines in a row that did not fit; the reader sets it back. */
  misses: number;
  /** Takes note of the keys of a line that did not fit. */
  learn(keys: Iterable<string>): void;
}

/** Lines with more keys than this are read the obvious way. */
export const MOST_ORDERED = 256;
/** After so many lines in a row that did not fit, the order is dropped for that of the last. */
const MISSES = 32;

const encoder = new TextEncoder();

/** How the last file of each register named its keys. */
const orders = new WeakMap<Keys, KeyOrder>();

/** The order that served the file before, where that is no guess at what counts, or one that knows no key yet. */
export function keyOrderOf(keys: Keys, delimiter: string): KeyOrder {
  const order = orders.get(keys);
  // A key of no domain counts in the file that has it; one with this delimiter inside would be two.
  if (order?.delimiter === delimiter && !order.kinds.includes(SKIP)) return order;
  const fresh = createKeyOrder(keys, delimiter);
  orders.set(keys, fresh);
  return fresh;
}

function createKeyOrder(keys: Keys, delimiter: string): KeyOrder {
  let names: string[] = [];
  const order: KeyOrder = {
    delimiter,
    size: 0,
    slots: new Int32Array(0),
    words: new Int32Array(0),
    masks: new Int32Array(0),
    lengths: new Int32Array(0),
    kinds: new Int32Array(0),
    texts: [],
    version: 0,
    matches(index, bytes, at) {
      const text = order.texts[index]!;
      for (let i = 4; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
      return true;
    },
    misses: 0,
    learn(line) {
      const seen = [...line].slice(0, MOST_ORDERED);
      const known = names.length;
      if (++order.misses > MISSES) names = seen;
      else insert(names, seen);
      if (names.length > known || order.misses > MISSES) rebuild();
      if (order.misses > MISSES) order.misses = 0;
    },
  };

  function rebuild(): void {
    names = names.slice(0, MOST_ORDERED);
    order.version++;
    order.texts = names.map((name) => encoder.encode(`${name}:`));
    // Only as long as needed: of a file with a few lines, long ones would cost more than its lines.
    for (const field of ["slots", "words", "masks", "lengths", "kinds"] as const) {
      order[field] = new Int32Array(names.length);
    }
    for (const [i, text] of order.texts.entries()) {
      order.slots[i] = keys.slotOf(names[i]!);
      order.kinds[i] = keys.kinds[order.slots[i]!]!;
      order.lengths[i] = text.length;
      order.masks[i] = text.length >= 4 ? -1 : (1 << (8 * text.length)) - 1;
      order.words[i] = wordOf(text) & order.masks[i]!;
    }
    order.size = names.length;
  }

  return order;
}

/** Puts the keys that the order lacks behind the key that stood before them on the line. */
function insert(names: string[], seen: readonly string[]): void {
  let at = 0;
  for (const name of seen) {
    const index = names.indexOf(name);
    if (index < 0) names.splice(at++, 0, name);
    else if (index >= at) at = index + 1;
  }
}

/** The first four bytes, the first lowest, as the hot loop reads them. */
function wordOf(text: Uint8Array): number {
  return (text[0] ?? 0) | ((text[1] ?? 0) << 8) | ((text[2] ?? 0) << 16) | ((text[3] ?? 0) << 24);
}
