// Common time stamps: `2026-01-20T09:07:58.142308Z`.

import { countDigits, loadEight, numberOf } from "./digits";

const DAY_US: f64 = 86400e6;
const CUMULATED = memory.data<u16>([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]);

/** Where the last stamp ended. */
export let stampEnd: usize = 0;

/** The bytes of the last date, and its midnight in microseconds since 1970. */
let date8: u64 = 0;
let date2: u32 = 0;
let midnight: f64 = NaN;

/** A clock without an offset: times of day from `low` to `high`, excluded, are `offset` ahead of UTC. */
@unmanaged
export class Clock {
  low: f64;
  high: f64;
  offset: f64;
}

/** Microseconds since 1970 of the stamp at `at`, `NaN` where it is not a common one. */
export function readStamp(at: usize, comma: bool, clock: Clock): f64 {
  if (load<u64>(at) != date8 || <u32> load<u16>(at, 8) != date2) {
    midnight = readDate(at);
    date8 = load<u64>(at);
    date2 = load<u16>(at, 8);
  }
  // Only behind a date the line goes on, so that eight bytes can be read.
  if (midnight != midnight) return NaN;
  const t = load<u8>(at, 10);
  if (t != 84 && t != 116 && t != 32) return NaN;
  // `00:00:00` taken off, six bytes are digits and two are 0: adding these numbers lifts no byte to 0x80.
  const time = load<u64>(at, 11) ^ 0x30303a30303a3030;
  if (((time + 0x76767f76767f7676) | time) & 0x8080808080808080) return NaN;
  // Each byte becomes ten times itself and the one behind it.
  const pairs = time * 10 + (time >> 8);
  const hour = <u32> pairs & 0xff;
  const minute = <u32> (pairs >> 24) & 0xff;
  const second = <u32> (pairs >> 48) & 0xff;
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  at += 19;
  let micros: u32 = 0;
  const point = load<u8>(at);
  if (point == 46 || (comma && point == 44)) {
    let word = loadEight(++at);
    let digits = countDigits(word);
    // Those that lack are zeros, and those behind the sixth are cut.
    if (digits < 6) word &= (<u64> 1 << (digits << 3)) - 1;
    micros = <u32> numberOf(word, 6);
    at += <usize> digits;
    if (digits == 8) {
      for (; <u32> load<u8>(at) - 48 <= 9; at++) digits++;
      if (digits > 9) return NaN;
    }
  }
  const wall = midnight + <f64> (hour * 3600 + minute * 60 + second) * 1e6 + <f64> micros;
  const z = load<u8>(at);
  if (z == 90 || z == 122) {
    stampEnd = at + 1;
    return wall;
  }
  if (z == 43 || z == 45) {
    const colon = <usize> i32(load<u8>(at, 3) == 58);
    const hours = twoDigits(at + 1);
    const minutes = twoDigits(at + 3 + colon);
    if (hours > 23 || minutes > 59) return NaN;
    stampEnd = at + 5 + colon;
    const offset = <f64> (hours * 60 + minutes) * 60e6;
    return z == 43 ? wall - offset : wall + offset;
  }
  stampEnd = at;
  return wall >= clock.low && wall < clock.high ? wall - clock.offset : NaN;
}

/** The midnight of a date well inside the kept years, or `NaN`. */
function readDate(at: usize): f64 {
  const century = twoDigits(at);
  const years = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (load<u8>(at, 4) != 45 || load<u8>(at, 7) != 45 || century > 99 || years > 99) return NaN;
  const year = century * 100 + years;
  if (year <= 1970 || year >= 2199 || month < 1 || month > 12 || day < 1 || day > 31) return NaN;
  const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const before = <u32> load<u16>(CUMULATED + (<usize> (month - 1) << 1));
  const length = <u32> load<u16>(CUMULATED + (<usize> month << 1)) - before + u32(leap && month == 2);
  if (day > length) return NaN;
  const last = year - 1;
  const days = last * 365 + last / 4 - last / 100 + last / 400 + before + u32(leap && month > 2) + day - 1;
  // From the year 1 to 1970.
  return <f64> (days - 719162) * DAY_US;
}

/** More than 99 where they are no digits. */
function twoDigits(at: usize): u32 {
  const tens = <u32> load<u8>(at) - 48;
  const ones = <u32> load<u8>(at, 1) - 48;
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}
