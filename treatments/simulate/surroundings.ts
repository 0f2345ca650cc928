/** What happens around the mussels: the tide and the air. */
import { DAY_US, SECOND_US } from "myx";
import type { Random } from "./random.ts";

const HOUR_US = 3600 * SECOND_US;
/** Principal lunar semidiurnal constituent (M2): high water every 12.42 hours. */
const TIDE_US = 12.42 * HOUR_US;
/** The mean of the days, half of a day's range, and how far the weather moves them, in degrees Celsius. */
const [MEAN, DAILY, WEATHER] = [9, 3.5, 2];
/** The warmest time of a day, as a share of the day. */
const WARMEST = 14.5 / 24;
const WEATHER_US = 6 * HOUR_US;

/** Height of the tide at `time` (microseconds), from -1 (low water) to 1 (high water). */
export function tide(time: number): number {
  return cycle(time / TIDE_US);
}

/** Makes the outdoor temperature of one device, in degrees Celsius, by time in microseconds; times must ascend. */
export function makeAir(random: Random): (time: number) => number {
  const offset = random.uniform() - 0.5;
  let until = -Infinity;
  let [from, to] = [0, 0];
  return (time) => {
    if (time >= until) {
      until = (Math.floor(time / WEATHER_US) + 1) * WEATHER_US;
      from = to;
      to = WEATHER * (2 * random.uniform() - 1);
    }
    const weather = to + (from - to) * ((until - time) / WEATHER_US);
    return MEAN + offset + weather + DAILY * cycle(time / DAY_US - WARMEST + 0.25);
  };
}

/**
 * A sine of `turns` full turns, off by up to 0.001. Made of `+ - * /`, which IEEE 754 defines to the last bit, because
 * `Math.sin` may differ between engines and the bytes of a simulation may not.
 */
function cycle(turns: number): number {
  const part = turns - Math.floor(turns);
  const half = part < 0.5 ? part : part - 0.5;
  const arch = 16 * half * (0.5 - half);
  const sine = arch * (0.775 + 0.225 * arch);
  return part < 0.5 ? sine : -sine;
}
