/** How mussels hold their valves, and what a Hall-effect sensor makes of it. */
import { SECOND_US } from "myx";
import type { Random } from "./random.ts";
import { tide } from "./surroundings.ts";

/** Some mussels on one device. */
export interface Shells {
  /** What each sensor reads, in counts and without noise: the nearer the magnet, so the more closed, the higher. */
  readonly counts: Float64Array;
  /** Lets the mussels live until `time` (microseconds), one step of the logger at a time. */
  advance(time: number): void;
}

/** Seconds in which about two thirds of a movement are done: valves shut at once and open slowly. */
const [SHUTTING_S, OPENING_S] = [2.5, 240];
/** At each of its decisions an open mussel may shut for long, more so around low water, or flinch for a moment. */
const [SHUTS, SHUTS_AT_LOW_WATER, FLINCHES] = [0.008, 0.05, 0.03];
const LOW_WATER = -0.6;
/** Something passes and most mussels of a device close at once: mean time between, and share of mussels that react. */
const [DISTURBED_EVERY_S, STARTLED] = [3 * 3600, 0.75];

/** Makes `channels` mussels that a logger looks at every `step` seconds, from `start` (microseconds) on. */
export function makeShells(channels: number, step: number, start: number, random: Random): Shells {
  const counts = new Float64Array(channels);
  // Openness from 0 (shut) to 1, where it is heading, and when the mussel decides anew.
  const gape = new Float64Array(channels);
  const target = new Float64Array(channels);
  const decides = new Float64Array(channels);
  const open = new Uint8Array(channels).fill(1);
  // The reading of a shut mussel, and how far, in its closed distances, the magnet moves away when it opens.
  const shut = new Float64Array(channels);
  const travel = new Float64Array(channels);
  for (let i = 0; i < channels; i++) {
    gape[i] = target[i] = 0.75 + 0.25 * random.uniform();
    decides[i] = start + random.uniform() * 120 * SECOND_US;
    shut[i] = 420 + 320 * random.uniform();
    travel[i] = 0.35 + 0.35 * random.uniform();
  }
  // A first-order approach by implicit Euler steps: stable at any rate, and free of Math.exp.
  const shutting = step / (SHUTTING_S + step);
  const opening = step / (OPENING_S + step);
  const disturbed = step / DISTURBED_EVERY_S;

  function decide(i: number, time: number): void {
    const luck = random.uniform();
    const shuts = tide(time) < LOW_WATER ? SHUTS_AT_LOW_WATER : SHUTS;
    if (open[i] && luck < shuts) settle(i, time, 0, random.skewed(600, 3000));
    else if (open[i] && luck < shuts + FLINCHES) settle(i, time, 0.1 + 0.3 * random.uniform(), random.skewed(5, 60));
    else settle(i, time, 0.7 + 0.3 * random.uniform(), random.skewed(20, 300));
  }

  function settle(i: number, time: number, openness: number, seconds: number): void {
    target[i] = openness;
    open[i] = openness >= 0.5 ? 1 : 0;
    decides[i] = time + seconds * SECOND_US;
  }

  function disturb(time: number): void {
    for (let i = 0; i < channels; i++) {
      if (random.uniform() < STARTLED) settle(i, time, 0.15 * random.uniform(), random.skewed(30, 300));
    }
  }

  function advance(time: number): void {
    if (random.uniform() < disturbed) disturb(time);
    for (let i = 0; i < channels; i++) {
      if (time >= decides[i]!) decide(i, time);
      const way = target[i]! - gape[i]!;
      gape[i]! += way * (way < 0 ? shutting : opening);
      const distance = 1 + travel[i]! * gape[i]!;
      counts[i] = shut[i]! / (distance * distance);
    }
  }

  return { counts, advance };
}
