/**
 * Measures how long `flow --last` takes to find that nothing is to do: `deno run -A tests/bench/up_to_date.ts [PARTITIONS]`.
 * Five steps have PARTITIONS partitions each (8,000 by default, 40,000 in all). Files and ledger are written by the
 * engine's own functions, as runs would have left them; only the numbers within the files are made up.
 */
import { fromFileUrl } from "@std/path";
import process from "node:process";
import { makeProject } from "../project.ts";
import { findFlow, openProject } from "../../core/contract/project.ts";
import { resolveFlow } from "../../core/contract/resolve.ts";
import { formatFileName } from "../../core/data/naming.ts";
import { writeParquet } from "../../core/data/parquet.ts";
import { addDays } from "../../core/data/time.ts";
import { Contents } from "../../core/engine/contents.ts";
import { runFlow } from "../../core/engine/flow.ts";
import { listFolder } from "../../core/engine/folder.ts";
import { hashFile } from "../../core/engine/hash.ts";
import { Ledger } from "../../core/engine/ledger.ts";
import { recordOf } from "../../core/engine/outcome.ts";
import { madeFrom } from "../../core/engine/compare_outputs.ts";
import { planStep } from "../../core/engine/plan.ts";
import { type StepState, stepStates, workspaceOf } from "../../core/engine/workspace.ts";
import { DENO_RUN } from "../deno_run.ts";

const SOURCES = 20;
const ROWS = 60;
const RUNS = 5;
const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const partitions = Number(Deno.args[0] ?? 8000);

using project = makeProject({
  "flows/f.json": {
    name: "f",
    dataset: "d",
    steps: [
      { treatment: "parse", input: "00_raw", output: "10_parsed" },
      { treatment: "clean", input: "10_parsed", output: "20_clean" },
      { treatment: "resample", input: "20_clean", output: "25_resampled" },
      { treatment: "transform", input: "25_resampled", output: "30_transform" },
      { treatment: "aggregate", input: "30_transform", output: "40_aggregated", params: { windows: ["1h"] } },
    ],
  },
});
const opened = openProject(project.dir);
const flow = resolveFlow(opened, findFlow(opened, "f"), { now: Temporal.Now.instant() });
const files = Array.from({ length: partitions }, (_, i) => ({
  source: `EXP_s${i % SOURCES}`,
  day: addDays("2020-01-01", Math.floor(i / SOURCES)),
}));
build();
const options = { last: true };
await measure("plan, run and report in one process", async () => {
  const { status } = await runFlow(flow, options);
  if (status !== "up-to-date") throw new Error(`The run ended as ${status}`);
});
await measure("the command, process start included", async () => {
  const args = [
    ...DENO_RUN,
    "-A",
    MAIN,
    "flow",
    "f",
    "--last",
    "--project",
    project.dir,
  ];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" }).output();
  if (code) throw new Error(new TextDecoder().decode(stderr));
});
profile();

/** Where the time goes, one part after the other, for all steps together. */
function profile(): void {
  const states = stepStates(flow);
  const { state } = workspaceOf(flow);
  const ledger = Ledger.open(state, () => {});
  const each = (label: string, work: (state: StepState) => void) => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    states.forEach(work);
    const { user, system } = process.cpuUsage(before);
    const wall = Math.round(performance.now() - start);
    console.log(`${String(wall).padStart(6)} ms, ${Math.round((user + system) / 1000)} ms of CPU: ${label}`);
  };
  each("list and stat the input folders", ({ input }) => listFolder(input!, { hardLinks: true }));
  each("list the output folders", ({ output }) => [...Deno.readDirSync(output)]);
  each("list and stat the output folders", ({ output }) => listFolder(output));
  each("read what is known of the contents", ({ output }) => ledger.contents(output));
  each("read the partitions", ({ folder }) => ledger.units(folder));
  each("read the outputs", ({ folder }) => ledger.outputs(folder));
  const contents = new Contents(ledger);
  each("plan, all of the above included", (state) => plan(state, ledger, contents));
  ledger.close();
}

function plan(state: StepState, ledger: Ledger, contents: Contents) {
  return planStep(state, ledger, contents, {
    last: true,
    replace: false,
    days: {},
    changed: new Set(),
    now: Date.now(),
  });
}

/** Prints the median of some runs; the first, which warms the caches, is left out. */
async function measure(label: string, work: () => Promise<void>): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now();
    await work();
    if (i) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log(`${String(Math.round(times[RUNS >> 1]!)).padStart(6)} ms  ${label} (${5 * partitions} partitions)`);
}

function build(): void {
  const template = `${project.dir}/template.parquet`;
  const values = Float64Array.from({ length: ROWS }, (_, i) => i);
  writeParquet(template, { ts: values, columns: [{ name: "m0", type: "int64", values }] });
  const parquet = Deno.readFileSync(template);
  const raw = new TextEncoder().encode("2020-01-01T00:00:00Z;m0:1\n");
  const root = `${project.dir}/datasets/d`;
  const past = new Date(Date.now() - 7_200_000);
  const write = (folder: string, name: string, bytes: Uint8Array) => {
    Deno.writeFileSync(`${root}/${folder}/${name}`, bytes);
    Deno.utimeSync(`${root}/${folder}/${name}`, past, past); // Or else they would be too young to be trusted.
  };
  for (const folder of ["00_raw", ...flow.steps.map(({ output }) => output)]) {
    Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
    for (const file of files) {
      if (folder === "00_raw") write(folder, `${file.source}_${file.day}.csv`, raw);
      else write(folder, formatFileName(nameParts(folder, file)), parquet);
    }
  }
  const ledger = Ledger.open(workspaceOf(flow).state, () => {});
  const contents = new Contents(ledger);
  ledger.transaction(() => {
    for (const state of stepStates(flow)) record(state, ledger, contents);
  });
  ledger.close();
}

function nameParts(folder: string, file: { readonly source: string; readonly day: string }) {
  return { ...file, domain: "bio_signal", ...(folder === "40_aggregated" ? { window: "1h" } : {}) };
}

/** Records a step's inputs, partitions and outputs as if it had run. */
function record(state: StepState, ledger: Ledger, contents: Contents): void {
  const hashes = new Map<number, string>();
  for (const folder of [state.input!, state.output]) {
    for (const file of listFolder(folder)) {
      const sha256 = hashes.get(file.size) ?? hashFile(file.path, file.size);
      hashes.set(file.size, sha256);
      const parquet = file.name.endsWith(".parquet");
      const seenMs = Date.now();
      contents.put(file.path, {
        ...file,
        sha256,
        seenMs,
        rows: parquet ? ROWS : null,
        distinctTs: parquet ? ROWS : null,
      });
    }
  }
  const [sha256] = [...hashes.values()].slice(-1);
  for (const unit of plan(state, ledger, contents).units) {
    const { source, day } = unit.own[0]!;
    const [rawSource, rawDay] = unit.key.match(/^(.*)_(\d{4}-\d\d-\d\d)/)?.slice(1) ?? [];
    const name = formatFileName(nameParts(state.folder, { source: source ?? rawSource!, day: day ?? rawDay! }));
    const metrics = source ? {} : { lines: 1, accepted: 1, ts_min: 0, ts_max: 0, "rows:bio_signal": 1 };
    const staged = { files: new Map([[name, []]]), rejects: new Map() };
    const made = recordOf(state, unit, { folder: "", metrics, warnings: [], staged, rejects: 0 }, Date.now());
    ledger.putUnit(state.folder, made, "bench");
    ledger.putOutput(state.folder, { name, sha256: sha256!, madeFrom: madeFrom([[made.key, made.print]]) }, "bench");
  }
}
