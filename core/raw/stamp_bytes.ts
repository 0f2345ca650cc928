import { DAY_US } from "../data/time.ts";
import { daysInMonth, daysSince1970 } from "./civil.ts";
import { cursor } from "./number_bytes.ts";
import type { LocalClock } from "./local_clock.ts";
import type { StampOptions } from "./stamp_text.ts";

/** Reads the stamp at `at` and leaves its end in `cursor`; `NaN` leaves the line to the text reader. */
export type StampReader = (bytes: Uint8Array, view: DataView, at: number) => number;

/**
 * Builds the reader of common stamps. The date is read once a day: its ten bytes are compared as words with the last. What
 * needs a thought (second 60, a repeated hour, a year at the edge) or is wrong is left to the text reader; so nothing
 * here has a state that a line read twice could upset.
 */
export function createStampReader({ comma, clock }: StampOptions): StampReader {
  let year4 = 0, month4 = 0, day2 = 0, midnight = NaN;

  return (bytes, view, at) => {
    if (view.getUint32(at) !== year4 || view.getUint32(at + 4) !== month4 || view.getUint16(at + 8) !== day2) {
      midnight = readDate(bytes, at);
      year4 = view.getUint32(at);
      month4 = view.getUint32(at + 4);
      day2 = view.getUint16(at + 8);
    }
    const t = bytes[at + 10]!;
    if (t !== 84 && t !== 116 && t !== 32) return NaN;
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const second = twoDigits(bytes, at + 17);
    // Written so that NaN fails.
    if (!(hour <= 23 && minute <= 59 && second <= 59) || bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return NaN;
    at += 19;
    let micros = 0;
    const point = bytes[at]!;
    if (point === 46 || (comma && point === 44)) {
      micros = readFraction(bytes, at + 1);
      at = cursor.at;
    }
    const wall = midnight + (hour * 3600 + minute * 60 + second) * 1e6 + micros;
    const z = bytes[at]!;
    if (z === 90 || z === 122) {
      cursor.at = at + 1;
      return wall;
    }
    if (z === 43 || z === 45) {
      const colon = bytes[at + 3] === 58 ? 1 : 0;
      const hours = twoDigits(bytes, at + 1);
      const minutes = twoDigits(bytes, at + 3 + colon);
      if (!(hours <= 23 && minutes <= 59)) return NaN;
      cursor.at = at + 5 + colon;
      const offset = (hours * 60 + minutes) * 60e6;
      return z === 43 ? wall - offset : wall + offset;
    }
    cursor.at = at;
    return clock ? localToUtc(wall, clock) : wall;
  };
}

/** The UTC time of a wall-clock time that comes once; `NaN` for all others. */
export function localToUtc(wall: number, clock: LocalClock): number {
  if (!(wall >= clock.low && wall < clock.high)) {
    if (Number.isNaN(wall)) return NaN;
    clock.seek(wall);
    if (!(wall >= clock.low && wall < clock.high)) return NaN;
  }
  return wall - clock.offset;
}

/** Up to nine fraction digits at `at` as microseconds; `NaN` where there are more. Leaves their end in `cursor`. */
export function readFraction(bytes: Uint8Array, at: number): number {
  let micros = 0;
  let scale = 1e5;
  const first = at;
  for (let c = bytes[at]!; c >= 48 && c <= 57; c = bytes[++at]!) {
    // Digits behind the sixth are cut.
    if (scale >= 1) micros += (c - 48) * scale;
    scale = scale === 1 ? 0 : scale / 10;
  }
  cursor.at = at;
  return at - first > 9 ? NaN : micros;
}

/** The midnight of a civil date well inside the kept years, or `NaN`. */
export function midnightOf(year: number, month: number, day: number): number {
  if (!(year > 1970 && year < 2199 && day >= 1 && day <= daysInMonth(year, month))) return NaN;
  return daysSince1970(year, month, day) * DAY_US;
}

function readDate(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== 45 || bytes[at + 7] !== 45) return NaN;
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  return midnightOf(year, twoDigits(bytes, at + 5), twoDigits(bytes, at + 8));
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}
