import { assertEquals } from "@std/assert";
import { type Context, type InputFile, parseFileName, writeParquet } from "myx";
import { warnUnused } from "../../treatments/to_postgres/unused.ts";
import { tableOf } from "../harness.ts";
import { makeTempDir } from "../temp_dir.ts";

Deno.test("to_postgres warns of each name in sources that stands for nothing", () => {
  const dir = makeTempDir();
  const put = (name: string, columns: readonly string[]): InputFile => {
    const path = `${dir}/${name}`;
    writeParquet(path, tableOf(columns, [[0, ...columns.map(() => 1)]]));
    return { name, path, role: "own", size: 0, sha256: "", settled: true, ...parseFileName(name) } as InputFile;
  };
  const files = [
    put("EXP_a__bio__2026-01-20__10s.parquet", ["gone__raw__mean", "m0__raw__mean"]),
    put("EXP_a__bio__2026-01-21__10s.parquet", ["m0__raw__mean", "m0__sqrt_inv__std", "m1__flag"]),
    put("EXP_b__env__2026-01-20.parquet", ["t"]),
  ];
  const warned = (sources: readonly Record<string, unknown>[], aggregations: readonly string[] = []) => {
    const warnings: string[] = [];
    const context = { warn: (text: string) => void warnings.push(text) } as unknown as Context;
    warnUnused(files, "40_aggregated", sources, { aggregations }, context);
    return warnings;
  };
  const used = { devices: ["a", "*"], sources: ["EXP_*"], sensors: ["m*", "t"], transforms: ["raw", "sqrt_*"] };
  assertEquals(warned([{ ...used, metrics: ["mean", "s*"], columns: ["m1__flag", "*"] }, {}, { domain: "env" }]), []);
  assertEquals(warned([{ domain: "env", sensors: null }], ["10s", "7s"]), ['No file has the aggregation "7s"']);
  assertEquals(warned([{}, { domain: "bio", sources: ["EXP_b"] }]), [
    'sources[1] selects no file: {"domain":"bio","sources":["EXP_b"]}',
  ]);
  Deno.writeTextFileSync(put("EXP_a__bio__2026-01-21__60s.parquet", ["m0__raw__p99"]).path, "damaged");
  const ofOther = { ...files[0]!, name: "EXP_a__bio__2026-01-21__60s.parquet", window: "60s", day: "2026-01-21" };
  files.push({ ...ofOther, path: `${dir}/${ofOther.name}` } as InputFile);
  assertEquals(warned([{ domain: "bio", metrics: ["std"] }], ["10s"]), []);
  files.pop();
  const column = "which no column has of the latest files that it selects";
  assertEquals(
    warned([{
      devices: ["a", "A"],
      sources: ["EXP_a", "EXP"],
      columns: ["m0__raw__mean", "m0"],
      sensors: ["m1", "mO", "t", "gone"],
      transforms: ["raw", "sqrt"],
      metrics: ["mean", "median"],
    }]),
    [
      'sources[0].devices names "A", which no file is of',
      'sources[0].sources names "EXP", which no file is of',
      `sources[0].columns names "m0", ${column}`,
      `sources[0].sensors names "mO", ${column}`,
      `sources[0].sensors names "t", ${column}`,
      `sources[0].sensors names "gone", ${column}`,
      `sources[0].transforms names "sqrt", ${column}`,
      `sources[0].metrics names "median", ${column}`,
    ],
  );
});
