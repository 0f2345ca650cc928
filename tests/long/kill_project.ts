/** A small flow through all steps, and what the tests that kill it need. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Files } from "../files.ts";
import { kvLines, makeProject, type TestProject } from "../project.ts";
import type { Sight, Watch } from "./kill_reader.ts";

/** The command line's own file, for runs as a process. */
export const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
const KILLED_RUN = fromFileUrl(new URL("./killed_run.ts", import.meta.url));
const DAY = 86_400;

/** Every step that works on files. */
export const FLOW = {
  name: "f",
  dataset: "d",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "clean", input: "10_parsed", output: "20_clean" },
    { treatment: "resample", input: "20_clean", output: "25_resampled", params: { freq: "60s", max_gap_fill_s: 600 } },
    {
      treatment: "transform",
      input: "25_resampled",
      output: "30_transform",
      params: { transforms: [{ function: "sqrt_inv", target: { domain: "bio_signal" }, mode: "add" }] },
    },
    { treatment: "aggregate", input: "30_transform", output: "40_aggregated", params: { windows: ["1h"] } },
    {
      treatment: "exportnour",
      input: "40_aggregated",
      output: "61_exportnour",
      params: { aggregation: "1h", columns: { m0__raw__mean: { name: "c0", decimals: 3 } } },
    },
  ],
};

/** The output folders of the flow. */
export const FOLDERS = FLOW.steps.map(({ output }) => `datasets/d/${output}`);

/**
 * Raw files of two sources over two days. Each file crosses midnight and the second one of a source starts before the
 * first ends, so that parts are joined. `seed` changes values, never days.
 */
export function rawFiles(seed: number, sources: readonly string[] = ["a", "b"]): Files {
  const rows = (from: number, to: number) =>
    Array.from({ length: Math.floor((to - from) / 300) }, (_, i) => {
      const time = from + 300 * i;
      // One value is no whole number, so that there are rejects, too.
      return [time, { m0: 100 + (i * 7 + seed * 13) % 40, m1: i === 3 ? 0.5 : 200 + (i + seed) % 9 }] as const;
    });
  return Object.fromEntries(sources.flatMap((source, at) => [
    [`datasets/d/00_raw/EXP_${source}_2026-01-21.csv`, kvLines(rows(2 * DAY - 7200 + at, 2 * DAY + 3600))],
    [`datasets/d/00_raw/EXP_${source}_2026-01-22.csv`, kvLines(rows(2 * DAY + 1801, 2 * DAY + 9000))],
  ]));
}

/** What a flow makes of `files` in a project of its own, undisturbed. */
export async function undisturbed(files: Files): Promise<Record<string, string>> {
  using project = makeProject({ "flows/f.json": FLOW, ...files });
  const report = await project.run("f");
  assertEquals(report.exit_code, 0, JSON.stringify(report.steps.flatMap((step) => step.errors)));
  return project.hashes(...FOLDERS);
}

/** Copies a project with its ledger, so that each test can start where another run ended. */
export function copyProject(project: TestProject): TestProject {
  const copy = makeProject({});
  copyInto(project, copy);
  return copy;
}

/** Copies all of a project over another. */
export function copyInto(project: TestProject, copy: TestProject): void {
  const { success, stderr } = new Deno.Command("cp", { args: ["-a", `${project.dir}/.`, copy.dir] }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

/** How a run that was to kill itself ended. */
export interface KilledRun {
  readonly signal: Deno.Signal | null;
  readonly code: number;
  /** The fault points it came to, in order. */
  readonly points: readonly string[];
  readonly stderr: string;
}

/**
 * Runs the flow in a process that dies at its `point`-th fault point, or never for 0.
 *
 * @param wrapper Words of a command to run it under.
 */
export async function killedRun(
  dir: string,
  point: number,
  options: Record<string, unknown> = {},
  wrapper: readonly string[] = [],
): Promise<KilledRun> {
  const args = ["run", "-q", "-A", "--no-prompt", KILLED_RUN, dir, "f", String(point), JSON.stringify(options)];
  const [command, ...words] = [...wrapper, Deno.execPath(), ...args];
  const output = await new Deno.Command(command!, { args: words, stdout: "piped", stderr: "piped" }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  const points = stdout!.split("\n").filter((line) => line && !line.startsWith("exit"));
  return { signal: output.signal, code: output.code, points, stderr: stderr! };
}

/** Command lines of processes that work for the project in `dir`, ours left out. */
export function processesOf(dir: string): string[] {
  const { stdout } = new Deno.Command("ps", { args: ["-ww", "-eo", "pid=,stat=,args="], stdout: "piped" }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => {
    const [pid, state] = line.trim().split(/\s+/);
    return line.includes(dir) && Number(pid) !== Deno.pid && !state!.startsWith("Z");
  });
}

/** Waits for the children of a killed run to end, as they do when their parent's pipes close. */
export async function assertNoProcessLeft(dir: string, patienceMs = 5000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (processesOf(dir).length && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(processesOf(dir), []);
}

/** Asserts that nothing lies about that a run keeps only while it works. */
export function assertTidy(project: TestProject): void {
  const found: string[] = [];
  const walk = (path: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(`${project.dir}/${path}`)) {
      if (name.endsWith(".tmp") || path.endsWith("/staging")) found.push(`${path}/${name}`);
      else if (isDirectory) walk(`${path}/${name}`);
    }
  };
  walk("datasets/d");
  assertEquals(found, []);
}

/** A reader that polls the published files of the dataset from a thread of its own until it is asked what it saw. */
export class Reader implements Disposable {
  readonly #worker = new Worker(new URL("./kill_reader.ts", import.meta.url).href, { type: "module" });

  /** Begins to look; `mayVanish` where the run is to remove results. */
  watch(project: TestProject, mayVanish = false): void {
    this.#worker.postMessage({ folder: `${project.dir}/datasets/d`, mayVanish } satisfies Watch);
  }

  stop(): Promise<Sight> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = reject;
      this.#worker.postMessage("stop");
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
