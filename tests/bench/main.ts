/**
 * Races the whole product against DuckDB, Polars and pandas: `deno task bench [--quick] [--json] [--only NAME,...]`.
 *
 * The same raw files and rules for all, each step through Parquet files, all in turn in one run, outputs compared cell
 * by cell. `--quick` ends within 50 s; `--json` adds one line of JSON at the end; `--only` and `--peers` pick races,
 * measures and peers by parts of their names, with commas between (`--list` prints those of races and measures);
 * `--dir` names a folder to work in, for machines whose /tmp is no disk.
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Measure, measureCores, measureHelp, measureLast, measureMarginal, memoryMeasures } from "./further.ts";
import { findPeers, type MissingPeer } from "./peers.ts";
import { makeProject, type Project } from "./product.ts";
import { hopeful, race, type Result } from "./race.ts";
import { formatMeasures, measureJson } from "./report_measures.ts";
import { formatRace, raceJson } from "./report_race.ts";
import { deviceDays, type Workload, WORKLOADS } from "./workloads.ts";

interface Flags {
  readonly quick: boolean;
  readonly json: boolean;
  readonly list: boolean;
  readonly only?: string;
  readonly peers?: string;
  readonly dir?: string;
}

/** When `--quick` begins nothing more, and how long it may take to fetch the peers, in seconds. */
const QUICK_S = 43;
const QUICK_INSTALL_S = 20;
const INSTALL_S = 600;
const MEASURES = ["help", "last", "cores", "marginal"] as const;

const flags: Flags = parseArgs(Deno.args, {
  boolean: ["quick", "json", "list"],
  string: ["only", "peers", "dir"],
  unknown: (flag: string) => {
    console.error(
      `Cannot run the benchmark: there is no "${flag}"; use --quick, --json, --only, --peers, --dir or --list`,
    );
    Deno.exit(2);
  },
});
const picks = (list: string | undefined, name: string) =>
  !list || list.split(",").some((part) => name.toLowerCase().includes(part.trim().toLowerCase()));
const wanted = (name: string) => picks(flags.only, name);
const races = WORKLOADS.filter(({ name, quick }) => wanted(name) && (quick || !flags.quick || flags.only));
const measures = MEASURES.filter((name) => wanted(name) && (!flags.quick || name === "help" || name === "last"));
if (flags.list || races.length + measures.length === 0) {
  console.log([...WORKLOADS.map(({ name }) => name), ...MEASURES].join("\n"));
  Deno.exit(flags.list ? 0 : 2);
}

const deadline = flags.quick ? QUICK_S * 1000 : Infinity;
const root = Deno.realPathSync(
  Deno.makeTempDirSync({ prefix: "myx-bench-", ...(flags.dir ? { dir: flags.dir } : {}) }),
);
const remove = () => Deno.removeSync(root, { recursive: true });
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.addSignalListener(signal, () => {
    remove();
    Deno.exit(code);
  });
}
try {
  await main();
} finally {
  remove();
}

async function main(): Promise<void> {
  const found: Measure[] = [];
  if (measures.includes("help")) found.push(...await measureHelp());
  const { peers: able, missing } = races.length
    ? await findPeers({ installSeconds: flags.quick ? QUICK_INSTALL_S : INSTALL_S })
    : { peers: [], missing: [] };
  const peers = able.filter(({ name }) => picks(flags.peers, name));
  for (const { name, why } of missing) console.log(`Not available: ${name} (${why})`);
  const results: Result[] = [];
  const skipped: string[] = [];
  for (const workload of races) {
    const last = results.at(-1);
    const entrants = flags.quick && last ? peers.filter(({ name }) => hopeful(last).has(name)) : peers;
    if (performance.now() + (flags.quick && last ? timeOf(workload, last) : 0) > deadline) {
      skipped.push(workload.name);
      continue;
    }
    const dir = `${root}/race`;
    const result = await race(workload, dir, entrants, { quick: flags.quick, deadline });
    Deno.removeSync(dir, { recursive: true });
    results.push(result);
    console.log(`\n${formatRace(result)}`);
  }
  if (skipped.length) console.log(`\nLeft out for want of time: ${skipped.join(", ")}`);
  found.push(...memoryMeasures(results), ...await measureProduct(results[0]?.ours.wallMs ?? 0));
  if (found.length) console.log(`\n${formatMeasures(found)}`);
  if (flags.json) console.log(JSON.stringify(report(results, found, missing)));
  if (results.some(({ comparisons }) => [...comparisons.values()].some(({ different }) => different))) {
    Deno.exitCode = 1;
  }
}

/** Measures of the product alone that need data. */
async function measureProduct(flowMs: number): Promise<Measure[]> {
  const found: Measure[] = [];
  if (measures.includes("last") && performance.now() + 2 * flowMs < deadline) {
    found.push(...await measureLast(await make(deviceDays(1)), flags.quick ? 3 : 9));
  }
  if (measures.includes("cores")) found.push(...await measureCores(await make(deviceDays(20))));
  if (measures.includes("marginal")) {
    const projects: { days: number; project: Project }[] = [];
    for (const days of [4, 20, 40]) projects.push({ days, project: await make(deviceDays(days)) });
    found.push(...await measureMarginal(projects));
  }
  return found;
}

async function make(workload: Workload): Promise<Project> {
  const dir = Deno.makeTempDirSync({ dir: root });
  const project = makeProject(dir, workload.rules);
  await workload.make(project);
  return project;
}

/** What a race of more device-days may take, in milliseconds, as one of fewer has taken. */
function timeOf({ days = 1 }: Workload, result: Result): number {
  const { workload, ours, peers } = result;
  const times = days / (workload.days ?? 1);
  const near = [...hopeful(result)].map((name) => peers.get(name)!.wallMs + ours.wallMs);
  return 3000 + times * 2 * near.reduce((sum, ms) => sum + ms, 0);
}

function report(results: readonly Result[], found: readonly Measure[], missing: readonly MissingPeer[]): unknown {
  return {
    machine: {
      cores: navigator.hardwareConcurrency,
      os: Deno.build.os,
      arch: Deno.build.arch,
      deno: Deno.version.deno,
    },
    quick: flags.quick,
    workloads: results.map(raceJson),
    measures: found.map(measureJson),
    missing_peers: missing,
  };
}
