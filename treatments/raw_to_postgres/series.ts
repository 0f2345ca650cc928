import { compareNatural } from "myx";
import { HOUR_US, type HourRows, WIDTH } from "./hours.ts";

/** The rows of one sensor, times ascending and none twice. */
export interface Series {
  readonly sensor: string;
  /** Microseconds since 1970. */
  readonly times: Float64Array;
  /** Null is `NaN`. */
  readonly values: Float64Array;
}

/**
 * What the files say of one hour, sensor by sensor in natural order. Of values with one time and sensor the first stays,
 * in the order of the files and then of their lines.
 *
 * @param window Microseconds over which values are averaged; 0 keeps them as they are.
 */
export function seriesOf(files: readonly HourRows[], window: number): Series[] {
  const lengths = new Map<string, number>();
  for (const file of files) {
    const counts = countOf(file);
    file.sensors.forEach((sensor, i) => lengths.set(sensor, (lengths.get(sensor) ?? 0) + counts[i]!));
  }
  const all = new Map<string, Series & { rows: number }>();
  for (const [sensor, length] of [...lengths].sort(([a], [b]) => compareNatural(a, b))) {
    all.set(sensor, { sensor, times: new Float64Array(length), values: new Float64Array(length), rows: 0 });
  }
  for (const { sensors, cells, length } of files) {
    const into = sensors.map((sensor) => all.get(sensor)!);
    for (let at = 0; at < length * WIDTH; at += WIDTH) {
      const series = into[cells[at + 1]!]!;
      series.times[series.rows] = cells[at]!;
      series.values[series.rows++] = cells[at + 2]!;
    }
  }
  return [...all.values()].map((series) => {
    const distinct = firsts(series);
    return window > 0 ? means(distinct, window) : distinct;
  });
}

function countOf({ sensors, cells, length }: HourRows): Uint32Array {
  const counts = new Uint32Array(sensors.length);
  for (let at = 1; at < length * WIDTH; at += WIDTH) counts[cells[at]!]!++;
  return counts;
}

function firsts(series: Series): Series {
  const { sensor, times, values } = series;
  let ascending = true;
  for (let i = 1; i < times.length && ascending; i++) ascending = times[i - 1]! < times[i]!;
  if (ascending) return series;
  // Array.sort is stable: equal times keep the order in which they came.
  const order = Array.from(times.keys()).sort((a, b) => times[a]! - times[b]!);
  const kept = order.filter((row, i) => i === 0 || times[row] !== times[order[i - 1]!]);
  return {
    sensor,
    times: Float64Array.from(kept, (row) => times[row]!),
    values: Float64Array.from(kept, (row) => values[row]!),
  };
}

/** The mean of each window that has rows, null where it has no value; a window never reaches into another hour. */
function means({ sensor, times, values }: Series, window: number): Series {
  const size = HOUR_US / window;
  const labels = new Float64Array(Math.min(times.length, size));
  const averages = new Float64Array(labels.length);
  let rows = 0;
  for (let i = 0; i < times.length;) {
    const start = Math.floor(times[i]! / window) * window;
    let [sum, count] = [0, 0];
    for (; i < times.length && times[i]! < start + window; i++) {
      const value = values[i]!;
      if (value !== value) continue;
      sum += value;
      count++;
    }
    labels[rows] = start;
    averages[rows++] = count > 0 ? sum / count : NaN;
  }
  return { sensor, times: labels.subarray(0, rows), values: averages.subarray(0, rows) };
}
