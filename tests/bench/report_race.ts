/** What a race has shown, as a table for people and as one object for programs. */
import { STEPS } from "./peers/rules.ts";
import type { Costs, Ratio, Result } from "./race.ts";

/** The table of one race. */
export function formatRace({ workload, bytes, files, ours, peers, total, steps, comparisons }: Result): string {
  const rows = [["", "wall s", "CPU s", "peak MB", "MB/s", ...STEPS.map((step) => `${step} s`), "runs"]];
  const add = (name: string, costs: Costs) => {
    const figures = [costs.wallMs / 1e3, costs.cpuMs / 1e3];
    rows.push([
      name,
      ...figures.map((value) => value.toFixed(2)),
      costs.peakBytes ? (costs.peakBytes / 1e6).toFixed(0) : "?",
      (bytes / 1e3 / costs.wallMs).toFixed(1),
      ...STEPS.map((step) => (costs.steps[step] / 1e3).toFixed(2)),
      String(costs.runs),
    ]);
  };
  add("myx", ours);
  for (const [name, costs] of peers) add(name, costs);
  rows.push(["best peer / myx", times(total), "", "", "", ...STEPS.map((step) => times(steps[step])), ""]);
  const size = `${(bytes / 1e6).toFixed(1)} MB in ${files.toLocaleString("en")} file${files === 1 ? "" : "s"}`;
  const lines = [`${workload.name}: ${size}`, ...align(rows)];
  if (total) {
    lines.push(
      `  ${times(total)} the best peer, ${total.best}; target ${workload.target}x: ${
        met(total.ratio >= workload.target)
      }`,
    );
  }
  for (const [name, { cells, different, examples }] of comparisons) {
    const agree = different ? `${different.toLocaleString("en")} DIFFER, its times do not count` : "all equal";
    lines.push(
      `  ${cells.toLocaleString("en")} cells compared with ${name}: ${agree}`,
      ...examples.map((text) => `    ${text}`),
    );
  }
  return lines.join("\n");
}

/** One race as JSON. */
export function raceJson({ workload, bytes, files, ours, peers, total, steps, comparisons }: Result): unknown {
  const compared = [...comparisons.values()];
  return {
    name: workload.name,
    raw_bytes: bytes,
    raw_files: files,
    ratio_best_peer: total?.ratio ?? null,
    best_peer: total?.best ?? null,
    target: workload.target,
    ...costsJson(ours, bytes),
    step_ratios: Object.fromEntries(STEPS.map((step) => [step, steps[step]?.ratio ?? null])),
    cells_compared: compared.reduce((sum, { cells }) => sum + cells, 0),
    cells_different: compared.reduce((sum, { different }) => sum + different, 0),
    peers: Object.fromEntries([...peers].map(([name, costs]) => [name, costsJson(costs, bytes)])),
  };
}

/** Left-aligned first column, right-aligned others. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    "  " + row.map((cell, i) => i ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)).join("  ").trimEnd()
  );
}

export function met(yes: boolean): string {
  return yes ? "met" : "NOT met";
}

function times(ratio: Ratio | undefined): string {
  return ratio ? `${ratio.ratio.toFixed(2)}x` : "-";
}

function costsJson({ wallMs, cpuMs, peakBytes, steps, runs }: Costs, bytes: number): Record<string, unknown> {
  return {
    wall_s: wallMs / 1e3,
    cpu_s: cpuMs / 1e3,
    peak_bytes: peakBytes ?? null,
    mb_per_s: bytes / 1e3 / wallMs,
    steps_s: Object.fromEntries(STEPS.map((step) => [step, steps[step] / 1e3])),
    runs,
  };
}
