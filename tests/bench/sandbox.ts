/**
 * Measures what the sandbox costs: `deno run -q -P=test tests/bench/sandbox.ts [RUNS]`.
 *
 * Medians of one empty treatment and of valvometry_daily on one device-day, and of a few runs on 20 device-days: in children with every guard, with those of
 * Deno alone, and in children that may do anything; the last is what a project without a sandbox would have.
 */
import { type Guard, withoutGuards } from "../../core/sandbox/guards.ts";
import type { FlowOptions } from "../../core/engine/flow.ts";
import { makeProject } from "../project.ts";

const RUNS = Number(Deno.args[0] ?? 20);
/** What Deno itself does not do. */
const OURS: readonly Guard[] = ["orphans", "data", "file-size", "links", "output", "take", "claims", "strays", "copy"];
const DENO: readonly Guard[] = [
  "read",
  "write",
  "net",
  "env",
  "run",
  "ffi",
  "sys",
  "import",
  "storage",
  "graphics",
  "workers",
  "handles",
  "debugger",
];
const WAYS: readonly (readonly [string, readonly Guard[], FlowOptions])[] = [
  ["no sandbox", [...OURS, ...DENO], {}],
  // Parts that nobody took out of a child's folder could not be read to be joined.
  ["Deno's permissions", OURS.filter((guard) => guard !== "take"), {}],
  ["the sandbox", [], {}],
  ["the sandbox and bubblewrap", [], { wall: "bwrap" }],
];

using project = makeProject({
  "flows/empty.json": { name: "empty", dataset: "e", steps: [{ treatment: "nothing", input: "00_raw", output: "10" }] },
  "treatments/nothing/treatment.json": {
    name: "nothing",
    version: "1.0.0",
    description: "Does nothing",
    input: { format: "csv" },
    output: { format: "none" },
  },
  "treatments/nothing/run.ts": "export function run() {}\n",
  "datasets/e/00_raw/a.csv": "x\n",
});
const daily = JSON.parse(Deno.readTextFileSync(new URL("../../flows/valvometry_daily.json", import.meta.url)));
for (const [flow, params] of [["one", { devices: 1, days: 1 }], ["twenty", { devices: 2, days: 10 }]] as const) {
  const simulate = [{ treatment: "simulate", output: "00_raw" }];
  project.write({
    [`flows/${flow}.json`]: { ...daily, name: flow, dataset: flow },
    [`flows/simulate_${flow}.json`]: { name: `simulate_${flow}`, dataset: flow, steps: simulate },
  });
  await project.run(`simulate_${flow}`, { params });
}
const flows: readonly (readonly [string, string, number])[] = [
  ["an empty treatment", "empty", RUNS],
  ["valvometry_daily on one device-day", "one", RUNS],
  ["valvometry_daily on 20 device-days", "twenty", Math.ceil(RUNS / 4)],
];
for (const [what, flow, runs] of flows) {
  console.log(`${what}, median of ${runs} runs`);
  const times = new Map<string, number[]>(WAYS.map(([way]) => [way, []]));
  for (let run = -1; run < runs; run++) {
    // One after the other, so that a busy moment meets all alike.
    for (const [way, removed, options] of WAYS) {
      const ms = await measure(flow, removed, options);
      if (run >= 0 && ms !== undefined) times.get(way)!.push(ms);
    }
  }
  const bare = median(times.get("no sandbox")!);
  for (const [way, ms] of times) {
    if (ms.length === 0) continue;
    const middle = median(ms);
    const difference = `${middle >= bare ? "+" : ""}${(middle - bare).toFixed(0)} ms`;
    console.log(
      `  ${way.padEnd(28)} ${middle.toFixed(0).padStart(6)} ms  x ${(middle / bare).toFixed(3)}  ${difference}`,
    );
  }
}

async function measure(flow: string, removed: readonly Guard[], options: FlowOptions): Promise<number | undefined> {
  using _ = withoutGuards(removed);
  const start = performance.now();
  const report = await project.run(flow, options);
  // Bubblewrap may be missing.
  return report.exit_code ? undefined : performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
