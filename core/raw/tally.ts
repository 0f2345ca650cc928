import type { Context } from "../contract/context.ts";
import type { Problem } from "./row.ts";

/** The ways a line can go: every line of a file goes exactly one. */
export type Fate = "header" | "blank" | "rejected" | "out_of_bounds" | "no_known_key" | "pending" | "accepted";

/** Where a line stands and its bytes. */
export interface Line {
  /** Number of its first line, from 1. */
  readonly number: number;
  /** Where it starts in the decompressed file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What is counted of a file. */
export interface Tally {
  readonly fates: Record<Fate, number>;
  valueRejects: number;
  /** The first and the last stamp, in microseconds. */
  first: number;
  last: number;
  /** Keeps a line that cannot be used. */
  rejectLine(line: Line, reason: string): void;
  /** Keeps a value that cannot be used. */
  rejectValue(line: Line, problem: Problem): void;
  /** Hands the counts to the summary. */
  report(): void;
}

const LONGEST_TEXT = 300;
/** How much of a line a warning shows. */
const SHOWN_TEXT = 80;

/** Starts the counts of a file. */
export function createTally(context: Context): Tally {
  const fates = { header: 0, blank: 0, rejected: 0, out_of_bounds: 0, no_known_key: 0, pending: 0, accepted: 0 };
  const at = ({ number, offset, bytes }: Line) => ({
    line: number,
    byte_offset: offset,
    text: shorten(new TextDecoder().decode(bytes.subarray(0, 4 * LONGEST_TEXT)).replace(/[\r\n]+$/, "")),
  });
  let firstReject = "";
  const warnIfUseless = () => {
    const { blank, accepted, rejected, no_known_key, out_of_bounds } = fates;
    if (accepted + out_of_bounds > 0 || rejected + no_known_key === 0) return;
    const lines = Object.values(fates).reduce((sum, count) => sum + count) - blank;
    const why = firstReject || "none has a key of a domain; see the param domains";
    context.warn(`Nothing could be used of its ${lines} ${lines === 1 ? "line" : "lines"}: ${why}`);
  };
  const tally: Tally = {
    fates,
    valueRejects: 0,
    first: Infinity,
    last: -Infinity,
    rejectLine(line, reason) {
      fates.rejected++;
      const { text, ...where } = at(line);
      firstReject ||= `the first reject is line ${line.number}, ${reason}: ${shorten(text, SHOWN_TEXT)}${
        reason === "bad timestamp" ? wanted(fates.header > 0) : ""
      }`;
      context.reject({ ...where, reason, text });
    },
    rejectValue(line, { column, value, reason }) {
      tally.valueRejects++;
      const { text, ...where } = at(line);
      context.reject({ ...where, column: shorten(column), value: shorten(value), reason, text });
    },
    report() {
      context.metric("lines", Object.values(fates).reduce((sum, count) => sum + count));
      for (const [fate, count] of Object.entries(fates)) context.metric(fate, count);
      context.metric("value_rejects", tally.valueRejects);
      warnIfUseless();
      if (tally.first > tally.last) return;
      context.metric("ts_min", tally.first);
      context.metric("ts_max", tally.last);
    },
  };
  return tally;
}

/** What a line without a time should have had. */
function wanted(csv: boolean): string {
  return `; expected a time such as 2026-01-20T10:00:00Z ${
    csv ? "in the first column, or in those that the param time_columns names" : "at its beginning"
  }; where a logger writes others, let a treatment of your own rewrite them first`;
}

/** At most so many characters, and no half of a pair at the end. */
function shorten(text: string, most = LONGEST_TEXT): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…`;
}
