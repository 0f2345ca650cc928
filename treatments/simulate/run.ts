/**
 * Simulates loggers: one raw file per device and day.
 *
 * @module
 */
import { addDays, type Context, DAY_US, dayOf, dayStart, type Params, parseRawName, SECOND_US } from "myx";
import type { FaultRates } from "./faults.ts";
import type { LineBuffer } from "./line.ts";
import { type Logger, longestWrite, makeLogger } from "./logger.ts";

const BUFFER_BYTES = 2 ** 18;
const [FIRST_DAY, LAST_DAY] = ["1970-01-01", "2199-12-31"];

/** The params of treatment.json. */
interface Simulation extends Params {
  readonly devices: number;
  readonly days: number;
  readonly start: string;
  readonly rate_hz: number;
  readonly seed: number;
  readonly channels: number;
  readonly experience: string;
  readonly device_prefix: string;
  readonly first_device: number;
  readonly rotate_s: number;
  readonly faults: FaultRates;
}

/** Writes `<experience>_<device>_<day>.csv` for every device and day. The same params give the same bytes. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  const simulation = params as Simulation;
  const { devices, days, experience, device_prefix, first_device } = simulation;
  const start = startOf(simulation);
  const out = { bytes: new Uint8Array(BUFFER_BYTES + longestWrite(simulation.channels)), at: 0 };
  for (let device = 0; device < devices; device++) {
    const source = checkSource(`${experience}_${device_prefix}${first_device + device}`);
    const logger = makeLogger({
      seed: simulation.seed,
      device,
      start,
      end: start + days * DAY_US,
      rateHz: simulation.rate_hz,
      channels: simulation.channels,
      faults: simulation.faults,
    });
    for (let day = 0; day < days; day++) {
      // The last file ends with the simulated time, so that no day holds only the minutes before the rotation.
      const end = start + (day + 1) * DAY_US + (day < days - 1 ? simulation.rotate_s * SECOND_US : 0);
      recordFile(`${outputDir}/${source}_${addDays(simulation.start, day)}.csv`, logger, out, end);
      context.progress(device * days + day + 1, devices * days);
    }
    const { lines, ...faults } = logger.counts();
    context.metric("lines", lines!);
    for (const [fault, count] of Object.entries(faults)) context.metric(`fault:${fault}`, count);
  }
}

/** The first microsecond of the simulated time. */
function startOf({ start, days }: Simulation): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(start) ? dayStart(start) : NaN;
  if (!Number.isFinite(time) || dayOf(time) !== start) {
    throw new TypeError(`Cannot start on "${start}": expected a date such as 2026-01-20`);
  }
  if (start < FIRST_DAY || addDays(start, days - 1) > LAST_DAY) {
    throw new RangeError(
      `Cannot simulate ${days} days from "${start}": days must lie within ${FIRST_DAY} to ${LAST_DAY}`,
    );
  }
  return time;
}

/** Refuses names that parse would read as another source. */
function checkSource(source: string): string {
  if (parseRawName(`${source}_2026-01-20.csv`).source === source) return source;
  throw new TypeError(
    `Cannot name a device "${source}": use letters, digits, ".", "-" and single "_", and no date, in "experience" and "device_prefix"`,
  );
}

function recordFile(path: string, logger: Logger, out: LineBuffer, end: number): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  out.at = 0;
  logger.record(out, end, () => {
    for (let at = 0; at < out.at;) at += file.writeSync(out.bytes.subarray(at, out.at));
    out.at = 0;
  });
}
