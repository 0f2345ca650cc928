/**
 * Measures time and peak memory of the whole product at several sizes: `deno task bench:memory [DEVICE-DAYS...]`.
 *
 * Memory is the summed proportional set size (PSS) of the process tree, as `ps` of Linux tells it.
 */
import { myxCommand } from "./product.ts";
import { runCommand } from "./run_command.ts";

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
  const run = await runCommand(myxCommand(project, args), { memory: true });
  return run.peakBytes ?? 0;
}
