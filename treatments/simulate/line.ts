/** Bytes of a raw line, written straight into one reused buffer: a string per line would cost five times as much. */
import { DAY_US, dayOf, SECOND_US } from "myx";

/** A buffer and how far it is filled. */
export interface LineBuffer {
  /** The memory, never replaced. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the next byte goes. */
  at: number;
}

const ZERO = 48;
const encoder = new TextEncoder();
let cachedDay = NaN;
let cachedDate: Uint8Array = new Uint8Array(0);

/** Puts `time` (microseconds) as `2026-01-20T09:07:58.142308Z`. */
export function putStamp(out: LineBuffer, time: number): void {
  const day = Math.floor(time / DAY_US);
  if (day !== cachedDay) {
    cachedDay = day;
    cachedDate = encoder.encode(`${dayOf(time)}T`);
  }
  put(out, cachedDate);
  const rest = time - day * DAY_US;
  const seconds = Math.floor(rest / SECOND_US);
  const { bytes, at } = out;
  putDigits(bytes, at, (seconds / 3600) | 0, 2);
  bytes[at + 2] = 58; // :
  putDigits(bytes, at + 3, ((seconds / 60) | 0) % 60, 2);
  bytes[at + 5] = 58;
  putDigits(bytes, at + 6, seconds % 60, 2);
  bytes[at + 8] = 46; // .
  putDigits(bytes, at + 9, rest - seconds * SECOND_US, 6);
  bytes[at + 15] = 90; // Z
  out.at += 16;
}

/** Puts a whole number. */
export function putInteger(out: LineBuffer, value: number): void {
  let size = value;
  if (value < 0) {
    out.bytes[out.at++] = 45; // -
    size = -value;
  }
  let width = 1;
  for (let limit = 10; size >= limit; limit *= 10) width++;
  putDigits(out.bytes, out.at, size, width);
  out.at += width;
}

/** Puts a number given in hundredths with its two decimals. */
export function putHundredths(out: LineBuffer, value: number): void {
  let size = value;
  if (value < 0) {
    out.bytes[out.at++] = 45;
    size = -value;
  }
  putInteger(out, (size / 100) | 0);
  out.bytes[out.at] = 46;
  putDigits(out.bytes, out.at + 1, size % 100, 2);
  out.at += 3;
}

/** Puts bytes as they are. */
export function put(out: LineBuffer, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) out.bytes[out.at + i] = bytes[i]!;
  out.at += bytes.length;
}

function putDigits(bytes: Uint8Array, at: number, value: number, width: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    bytes[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}
