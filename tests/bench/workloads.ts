/** What is raced: device-days as they come, and what may be hard for one contestant or another. */
import { type Project, simulate } from "./product.ts";
import { cut, files, join, record, type RecordingOptions, shuffle, valve } from "./recording.ts";
import { makeRules, type RuleChanges } from "./rules.ts";
import type { Rules } from "./peers/rules.ts";

/** One race. */
export interface Workload {
  readonly name: string;
  readonly rules: Rules;
  /** The least ratio of the best peer's time to ours. */
  readonly target: number;
  readonly rounds: number;
  /** Part of `--quick`. */
  readonly quick: boolean;
  /** Device-days, where it is whole ones. */
  readonly days?: number;
  /** Writes the raw files. */
  readonly make: (project: Project) => void | Promise<void>;
}

const SEED = 6;
/** `simulate` writes one stamp a line in order, lets values drift like shells, and breaks a line here and there. */
const simulated = (devices: number, days: number, more: Record<string, unknown> = {}) => (project: Project) =>
  simulate(project, project.raw, { devices, days, seed: SEED, ...more });

/** Two devices, so that peers that work source by source have both cores, too. */
const recordings = (options: RecordingOptions) => (project: Project) => {
  for (const i of [0, 1]) record(`${project.raw}/EXP_pil-${90 + i}_2026-01-20.csv`, SEED + i, options);
};

/** Days of two devices, or one day of one. */
export function deviceDays(days: number): Workload {
  const name = `${days} device-day${days === 1 ? "" : "s"}`;
  const make = days === 1 ? simulated(1, 1) : simulated(2, days / 2);
  return { name, rules: makeRules(), target: 1, rounds: 3, quick: false, days, make };
}

function adversary(name: string, make: Workload["make"], changes: RuleChanges = {}): Workload {
  return { name, rules: makeRules(changes), target: 1, rounds: 3, quick: false, make };
}

const FAULTS = { gaps_per_hour: 0.5, long_gaps_per_day: 1, spikes: 0.0001, out_of_range: 0.00002, duplicates: 0.0005 };
const MILLION = 1_000_000;

export const WORKLOADS: readonly Workload[] = [
  { ...deviceDays(1), target: 2, rounds: 5, quick: true },
  { ...deviceDays(4), target: 3, rounds: 3, quick: true },
  { ...deviceDays(20), target: 4, rounds: 2 },
  adversary("threshold in the noise", simulated(2, 1), {
    bioSignal: { threshold: 3 },
    environment: { threshold: 0.05 },
  }),
  adversary(
    "distinct values",
    recordings({ rateHz: 200, seconds: 600, channels: 12, value: (_, __, random) => Math.floor(random() * MILLION) }),
    { bioSignal: { max: MILLION, threshold: 2 * MILLION } },
  ),
  adversary("200 channels", recordings({ rateHz: 1, seconds: 3 * 3600, channels: 200, value: valve }), {
    channels: 200,
  }),
  adversary("100 Hz", recordings({ rateHz: 100, seconds: 1800, channels: 12, value: valve })),
  adversary("other keys", simulated(2, 1, { faults: { ...FAULTS, missing_keys: 0.005, unknown_keys: 0.005 } })),
  adversary("unsorted", async (project) => {
    await simulated(2, 1)(project);
    files(project.raw).forEach((path, i) => shuffle(path, SEED + i));
  }),
  adversary("a week in one file", async (project) => {
    await simulated(1, 7)(project);
    join(project.raw);
  }),
  adversary("5000 tiny files", async (project) => {
    await simulated(1, 1)(project);
    cut(files(project.raw)[0]!, 5000);
  }),
];
