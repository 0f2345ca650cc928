/**
 * Measures parse: `deno run -A tests/bench/parse_bench.ts`. Two device-days at 1 Hz, 13 channels; MB/s of raw text, the
 * Parquet files included and, with `scan`, without them.
 */
import { parseFiles } from "../../treatments/parse/parse_files.ts";
import { readSettings } from "../../treatments/parse/settings.ts";

const DECLARED = JSON.parse(Deno.readTextFileSync(new URL("../../treatments/parse/treatment.json", import.meta.url)));
const DEFAULTS = Object.fromEntries(
  Object.entries(DECLARED.params as Record<string, { default: unknown }>).map(([name, param]) => [name, param.default]),
);

const SECONDS = 2 * 86_400;

function textOf(format: "kv" | "csv"): string {
  const names = [...Array(12).keys()].map((i) => `m${i}`);
  const lines = format === "csv" ? [["time", ...names, "outdoor_temp"].join(";")] : [];
  for (let second = 0; second < SECONDS; second++) {
    const stamp = new Date(Date.UTC(2026, 0, 20) + second * 1000).toISOString().slice(0, 19);
    const values = names.map((_, i) => String(100 + (second * (i + 7)) % 631));
    const fields = [...values, (15 + (second % 997) / 100).toFixed(2)];
    const cells = format === "csv" ? fields : fields.map((value, i) => `${names[i] ?? "outdoor_temp"}:${value}`);
    lines.push([`${stamp}.${142_308 + second % 977}Z`, ...cells].join(";"));
  }
  return lines.join("\n") + "\n";
}

async function measure(format: "kv" | "csv", what: "scan" | "files", quick: boolean): Promise<void> {
  const dir = Deno.makeTempDirSync({ prefix: "myx-bench-" });
  const path = `${dir}/raw.csv`;
  Deno.writeTextFileSync(path, textOf(format));
  const { size } = Deno.statSync(path);
  const file = { name: "raw.csv", path, role: "own" as const, size, sha256: "", settled: true };
  // Rows out of bounds are read like all others, but neither kept nor written.
  const settings = readSettings({ ...DEFAULTS, format, ...(what === "scan" ? { from: "2030-01-01" } : {}) });
  const rates: number[] = [];
  for (let round = 0; round < (quick ? 9 : 3); round++) {
    const start = performance.now();
    await parseFiles([file], "bench", dir, settings, {
      files: [file],
      partition: {},
      replace: false,
      signal: new AbortController().signal,
      progress: () => {},
      metric: () => {},
      reject: () => {},
      warn: () => {},
    }, { quick });
    rates.push(size / 1e3 / (performance.now() - start));
  }
  Deno.removeSync(dir, { recursive: true });
  const [first, ...warm] = rates;
  const median = warm.sort((a, b) => a - b)[warm.length >> 1]!;
  console.log(
    `${format} ${what.padEnd(5)} ${quick ? "bytes" : "text "} ${(size / 1e6).toFixed(1)} MB: ` +
      `first ${first!.toFixed(0)} MB/s, median of the rest ${median.toFixed(0)}, best ${warm.at(-1)!.toFixed(0)}`,
  );
}

for (const quick of [true, false]) {
  for (const format of ["kv", "csv"] as const) {
    await measure(format, "scan", quick);
    await measure(format, "files", quick);
  }
}
