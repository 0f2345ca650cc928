/**
 * Measures time and peak memory of the whole product at several sizes: `deno task bench:memory [DEVICE-DAYS...]`.
 *
 * Memory is the summed proportional set size (PSS) of the process tree, sampled from /proc, so it runs on Linux only.
 */
import { denoCommand, HOME, projectGrants } from "../../core/cli/grants.ts";

const SAMPLE_MS = 40;
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
  const timer = setInterval(() => peak = Math.max(peak, treeMemory(child.pid)), SAMPLE_MS);
  const { success, stderr } = await child.output();
  clearInterval(timer);
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return peak;
}

function treeMemory(pid: number): number {
  try {
    const [, kilobytes = "0"] = /^Pss:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`)) ?? [];
    const children = [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) =>
      Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).trim().split(" ").filter(Boolean)
    );
    return Number(kilobytes) * 1024 + children.reduce((sum, child) => sum + treeMemory(Number(child)), 0);
  } catch {
    return 0; // It has ended.
  }
}
