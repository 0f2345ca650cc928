/** One device: mussels, air, clock and faults put together, line by line. */
import type { FaultRates, LineFault } from "./faults.ts";
import { breakLine, makeGaps, makeLineFaults, repeatLine, spike } from "./faults.ts";
import { type LineBuffer, put, putHundredths, putInteger, putStamp } from "./line.ts";
import { limitOf, makeRandom, type Random } from "./random.ts";
import { makeShells } from "./shells.ts";
import { makeAir } from "./surroundings.ts";

/** What a device is like. Times are in microseconds. */
export interface LoggerOptions {
  /** Start of the random numbers. */
  readonly seed: number;
  /** Number of the device among the simulated ones, from 0. */
  readonly device: number;
  /** First time simulated. */
  readonly start: number;
  /** End of the time simulated, excluded. */
  readonly end: number;
  /** Lines per second. */
  readonly rateHz: number;
  /** Number of valve sensors. */
  readonly channels: number;
  /** How often each fault happens. */
  readonly faults: FaultRates;
}

/** One device's logger. */
export interface Logger {
  /** Writes the lines before `end` (microseconds) into `out`, handing it to `flush` whenever it is full. */
  record(out: LineBuffer, end: number, flush: () => void): void;
  /** How many lines were written and how often each fault happened, so far. */
  counts(): Record<string, number>;
}

/** The clock: up to 40 ppm off, so its phase drifts by seconds a day, with a jitter of up to 0.3 ms. */
const [DRIFT, JITTER_US] = [40e-6, 300];
/** Bell-shaped noise of about 1.5 counts, drawn once and then looked up: 1,024 numbers, so that 10 random bits do. */
const NOISE = 1024;
const encoder = new TextEncoder();
const [ERR, UNKNOWN_KEY] = [encoder.encode("err"), encoder.encode(";batt_mv:")];
const TEMPERATURE_KEY = encoder.encode(";outdoor_temp:");
const NEWLINE = 10;
const NONE = -1;

/** Longest possible line, twice (a duplicate), in bytes. */
export function longestWrite(channels: number): number {
  return 2 * (128 + channels * 16);
}

/** Makes the logger of one device. */
export function makeLogger({ seed, device, start, end, rateHz, channels, faults }: LoggerOptions): Logger {
  const random = makeRandom(seed, device);
  const step = 1 / rateHz;
  const interval = step * 1e6 * (1 + DRIFT * (2 * random.uniform() - 1));
  const jitter = Math.min(JITTER_US, Math.floor(interval / 4));
  const phase = start + jitter + random.uniform() * (interval - 2 * jitter);
  const shells = makeShells(channels, step, start, random);
  const air = makeAir(random);
  const gaps = makeGaps(faults, step, random);
  const drawFault = makeLineFaults(faults, random);
  const spikeLimit = limitOf(faults.spikes ?? 0);
  const faultLimit = spikeLimit + limitOf(faults.out_of_range ?? 0);
  const noise = makeNoise(random);
  const keys = Array.from({ length: channels }, (_, i) => encoder.encode(`;m${i}:`));
  const seen = { lines: 0, spikes: 0, out_of_range: 0 };
  const lineFaults = new Map<LineFault, number>();
  let sample = 0;
  let time = nextTime();

  function nextTime(): number {
    const due = Math.floor(phase + sample++ * interval);
    return due + random.next() % (2 * jitter + 1) - jitter;
  }

  function readCounts(i: number, limit: number): number {
    const luck = random.next();
    const value = Math.floor(shells.counts[i]! + noise[luck % NOISE]!);
    if (luck >= limit) return value;
    if (luck < spikeLimit) {
      seen.spikes++;
      return spike(value, 150, 400, 800, random);
    }
    seen.out_of_range++;
    return [65_535, 4095, -1][random.next() % 3]!;
  }

  /** In hundredths of a degree, as a sensor with steps of 1/16 degree gives them. */
  function readTemperature(limit: number): number {
    const luck = random.next();
    const value = Math.floor(Math.floor(air(time) * 16 + noise[luck % NOISE]! / 2) * 6.25 + 0.5);
    if (luck >= limit) return value;
    if (luck < spikeLimit) {
      seen.spikes++;
      return spike(value, 1000, 1500, 5000, random);
    }
    seen.out_of_range++;
    return [8500, -12_700][random.next() % 2]!;
  }

  function putLine(out: LineBuffer, fault: LineFault | undefined): void {
    const begin = out.at;
    // A value that nobody can read any more must not count as a spike.
    const limit = fault === "broken_lines" ? 0 : faultLimit;
    const odd = fault === "missing_keys" || fault === "bad_values" ? random.next() % (channels + 1) : NONE;
    putStamp(out, time);
    for (let i = 0; i < channels; i++) {
      if (i === odd) {
        if (fault === "bad_values") putBad(out, keys[i]!, random);
        continue;
      }
      const value = readCounts(i, limit);
      put(out, keys[i]!);
      putInteger(out, value);
    }
    if (odd === channels) {
      if (fault === "bad_values") putBad(out, TEMPERATURE_KEY, random);
    } else {
      const value = readTemperature(limit);
      put(out, TEMPERATURE_KEY);
      putHundredths(out, value);
    }
    if (fault === "unknown_keys") {
      put(out, UNKNOWN_KEY);
      putInteger(out, 3300 + random.next() % 900);
    }
    out.bytes[out.at++] = NEWLINE;
    seen.lines++;
    if (!fault) return;
    lineFaults.set(fault, (lineFaults.get(fault) ?? 0) + 1);
    if (fault === "broken_lines") breakLine(out, begin, random);
    if (fault === "duplicates") {
      repeatLine(out, begin, random);
      seen.lines++;
    }
  }

  function record(out: LineBuffer, fileEnd: number, flush: () => void): void {
    const full = out.bytes.length - longestWrite(channels);
    let isFirst = true;
    for (const last = Math.min(fileEnd, end); time < last; time = nextTime()) {
      shells.advance(time);
      if (gaps.hides(time)) continue;
      const fault = drawFault();
      putLine(out, isFirst ? undefined : fault);
      isFirst = false;
      if (out.at > full) flush();
    }
    flush();
  }

  return { record, counts: () => ({ ...seen, ...gaps.counts, ...Object.fromEntries(lineFaults) }) };
}

function putBad(out: LineBuffer, key: Uint8Array, random: Random): void {
  put(out, key);
  if (random.next() % 4) put(out, ERR);
}

/** The sum of four uniform numbers is close to a normal one, and needs no logarithm. Rounding is left to `floor`. */
function makeNoise({ uniform }: Random): Float64Array {
  const noise = new Float64Array(NOISE);
  for (let i = 0; i < NOISE; i++) noise[i] = 2.6 * (uniform() + uniform() + uniform() + uniform() - 2) + 0.5;
  return noise;
}
