/** Measures of the product alone, each with its target. */
import { marginalCosts, median } from "./figures.ts";
import type { Result } from "./race.ts";
import { clear, type Project, runFlow, runHelp } from "./product.ts";

/** One figure and what it should be. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: string;
  readonly met: boolean;
  /** What it was computed from. */
  readonly detail?: string;
}

function atMost(name: string, value: number, limit: number, unit: string, detail?: string): Measure {
  return { name, value, unit, target: `<= ${limit}`, met: value <= limit, ...(detail ? { detail } : {}) };
}

function atLeast(name: string, value: number, limit: number, unit: string, detail?: string): Measure {
  return { name, value, unit, target: `>= ${limit}`, met: value >= limit, ...(detail ? { detail } : {}) };
}

/** Start of `main.ts --help`. */
export async function measureHelp(): Promise<Measure[]> {
  return [atMost("start of --help", await medianOf(9, runHelp), 120, "ms")];
}

/** `flow --last` with nothing to do. */
export async function measureLast(project: Project, runs: number): Promise<Measure[]> {
  clear(project);
  await runFlow(project);
  const ms = await medianOf(runs, async () => (await runFlow(project, ["--last"])).wallMs);
  return [atMost("up-to-date flow --last", ms, 300, "ms", "one device-day")];
}

/** One core and one job against two. */
export async function measureCores(project: Project): Promise<Measure[]> {
  if (navigator.hardwareConcurrency < 2 || !has("taskset")) return [];
  const walls: [number[], number[]] = [[], []];
  for (let i = 0; i < 3; i++) {
    for (const jobs of [1, 2] as const) {
      clear(project);
      const prefix = ["taskset", "-c", jobs === 1 ? "0" : "0,1"] as const;
      walls[jobs - 1]!.push((await runFlow(project, ["--jobs", String(jobs)], { prefix })).wallMs);
    }
  }
  const [one, two] = [median(walls[0]), median(walls[1])];
  return [atLeast("2 cores against 1", one / two, 1.7, "x", `${seconds(one)} and ${seconds(two)}`)];
}

/** What one device-day more costs, for few days and for many. */
export async function measureMarginal(
  projects: readonly { readonly days: number; readonly project: Project }[],
): Promise<Measure[]> {
  const walls = projects.map((): number[] => []);
  for (let i = 0; i < 3; i++) {
    for (const [at, { project }] of projects.entries()) {
      clear(project);
      walls[at]!.push((await runFlow(project)).wallMs);
    }
  }
  const points = projects.map(({ days }, i) => ({ size: days, cost: median(walls[i]!) }));
  const [few, many] = marginalCosts(points) as [number, number];
  const detail = points.map(({ size, cost }) => `${size} days ${seconds(cost)}`).join(", ");
  return [atMost("cost of a day, 20 to 40 against 4 to 20 days", many / few, 1.1, "x", detail)];
}

/** Memory, as the races have shown it. */
export function memoryMeasures(results: readonly Result[]): Measure[] {
  const peaks = results.flatMap(({ workload, ours }) => workload.days && ours.peakBytes ? [ours.peakBytes / 1e6] : []);
  const [four, twenty] = ["4 device-days", "20 device-days"].map((name) =>
    results.find(({ workload }) => workload.name === name)
  );
  const measures = peaks.length
    ? [atMost("peak memory, any number of device-days", Math.max(...peaks), 400, "MB")]
    : [];
  const own = twenty?.ours.peakBytes;
  if (own && four?.ours.peakBytes) {
    measures.push(atMost("peak memory, 20 against 4 days", own / four.ours.peakBytes, 1.15, "x"));
  }
  const polars = [...twenty?.peers ?? []].flatMap(([name, { peakBytes }]) =>
    name.startsWith("Polars") && peakBytes ? [peakBytes] : []
  );
  // The leanest of them: a quarter of the other would be too easy.
  if (own && polars.length) {
    measures.push(atMost("peak memory at 20 days against Polars", own / Math.min(...polars), 0.25, "x"));
  }
  return measures;
}

async function medianOf(runs: number, measure: () => Promise<number>): Promise<number> {
  await measure();
  const values: number[] = [];
  for (let i = 0; i < runs; i++) values.push(await measure());
  return median(values);
}

function seconds(ms: number): string {
  return `${(ms / 1e3).toFixed(2)} s`;
}

function has(program: string): boolean {
  try {
    new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}
