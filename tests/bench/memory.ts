/**
 * Measures time and peak memory of the whole product at several sizes: `deno task bench:memory [DEVICE-DAYS...]`.
 *
 * Memory is the summed proportional set size (PSS) of the process tree, as `ps` of Linux tells it.
 */
import { denoCommand, HOME, projectGrants } from "../../core/cli/grants.ts";

/** Reading the sizes costs a core for a while: more often would slow down what is measured. */
const SAMPLE_MS = 200;
const sizes = Deno.args.length ? Deno.args.map(Number) : [4, 20];

console.log("device-days  raw MB  wall s  MB/s  peak MB");
for (const days of sizes) {
  const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "myx-bench-" }));
  try {
    const raw = `${dir}/datasets/bench/00_raw`;
    await myx(dir, ["run", "simulate", "--output", raw, "--params", JSON.stringify({ devices: 2, days: days / 2 })]);
    const bytes = [...Deno.readDirSync(raw)].reduce((sum, { name }) => sum + Deno.statSync(`${raw}/${name}`).size, 0);
    const start = performance.now();
    const peak = await myx(dir, ["flow", "valvometry_daily", "--dataset", "bench"]);
    const seconds = (performance.now() - start) / 1000;
    const columns = [bytes / 1e6, seconds, bytes / 1e6 / seconds, peak / 1e6].map((value) =>
      value.toFixed(1).padStart(6)
    );
    console.log(`${String(days).padStart(11)}  ${columns.join("  ")}`);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

/** Runs the command line and returns the peak memory of its process tree, in bytes. */
async function myx(project: string, args: readonly string[]): Promise<number> {
  const [, ...grants] = denoCommand(projectGrants(project, HOME), HOME);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...grants, ...args, "--project", project],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let peak = 0;
  let running = true;
  const sampling = (async () => {
    for (; running; await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))) {
      peak = Math.max(peak, await treeMemory(child.pid));
    }
  })();
  const { success, stderr } = await child.output();
  running = false;
  await sampling;
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return peak;
}

async function treeMemory(root: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid=,ppid=,pss="], stdout: "piped" }).output();
  const rows = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const sum = (pid: number): number =>
    rows.reduce((total, [id, parent, pss]) => total + (id === pid ? pss! * 1024 : parent === pid ? sum(id!) : 0), 0);
  return sum(root);
}
