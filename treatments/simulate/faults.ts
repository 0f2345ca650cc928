/** What goes wrong between a sensor and a file, and how often. */
import { SECOND_US } from "myx";
import type { LineBuffer } from "./line.ts";
import { put } from "./line.ts";
import { limitOf, type Random } from "./random.ts";

/** The param `faults`: chances per value or line, or counts per time. */
export type FaultRates = Readonly<
  Partial<Record<LineFault | "gaps_per_hour" | "long_gaps_per_day" | "spikes" | "out_of_range", number>>
>;

/** A fault of a whole line. A line has one at most. */
export type LineFault = "broken_lines" | "duplicates" | "missing_keys" | "unknown_keys" | "bad_values";

/** The gaps of one logger. */
export interface Gaps {
  /** How many have begun. */
  readonly counts: { gaps: number; long_gaps: number };
  /** Whether the line of `time` (microseconds) is lost; times must ascend. */
  hides(time: number): boolean;
}

const LINE_FAULTS: readonly LineFault[] = ["broken_lines", "duplicates", "missing_keys", "unknown_keys", "bad_values"];

const encoder = new TextEncoder();
const MESSAGE = encoder.encode("logger restarted, clock kept");
const NEWLINE = 10;

/** Draws the fault of each line, or `undefined` for most. */
export function makeLineFaults(rates: FaultRates, random: Random): () => LineFault | undefined {
  let sum = 0;
  const limits = LINE_FAULTS.map((fault) => limitOf(sum += rates[fault] ?? 0));
  const none = limits.at(-1)!;
  return () => {
    const luck = random.next();
    return luck < none ? LINE_FAULTS[limits.findIndex((limit) => luck < limit)] : undefined;
  };
}

/** Makes the gaps of one logger that writes a line every `step` seconds. */
export function makeGaps(rates: FaultRates, step: number, random: Random): Gaps {
  const long = limitOf((rates.long_gaps_per_day ?? 0) * step / 86_400);
  const any = long + limitOf((rates.gaps_per_hour ?? 0) * step / 3600);
  const counts = { gaps: 0, long_gaps: 0 };
  let until = -Infinity;
  function hides(time: number): boolean {
    const luck = random.next();
    if (time < until) return true;
    if (luck >= any) return false;
    const isLong = luck < long;
    until = time + SECOND_US * (isLong ? random.skewed(60, 2700) : random.skewed(1, 6));
    counts[isLong ? "long_gaps" : "gaps"]++;
    return true;
  }
  return { counts, hides };
}

/** Breaks the line that begins at `start` and ends the buffer, in one of four ways. */
export function breakLine(out: LineBuffer, start: number, random: Random): void {
  switch (random.next() % 4) {
    case 0: // Power lost: cut before the stamp has its seconds.
      out.at = start + 5 + random.next() % 12;
      out.bytes[out.at++] = NEWLINE;
      break;
    case 1: // A clock that lost its battery: month 00, day 00.
      put({ bytes: out.bytes, at: start + 5 }, encoder.encode("00-00"));
      break;
    case 2: // Noise on the serial line: 0xFF is no UTF-8.
      out.bytes[out.at - 2] = 0xff;
      break;
    default:
      out.at = start;
      put(out, MESSAGE);
      out.bytes[out.at++] = NEWLINE;
  }
}

/** Writes the line that begins at `start` and ends the buffer a second time, one in four times with another last digit. */
export function repeatLine(out: LineBuffer, start: number, random: Random): void {
  const { bytes, at } = out;
  bytes.copyWithin(at, start, at);
  out.at += at - start;
  if (random.next() % 4 === 0) bytes[out.at - 2] = bytes[at - 2] === 53 ? 54 : 53;
}

/** A jump of `low` to `high` up, or down where up would leave the range that ends at `highest`. */
export function spike(value: number, low: number, high: number, highest: number, random: Random): number {
  const jump = low + random.next() % (high - low + 1);
  return value + jump <= highest ? value + jump : value - jump;
}
