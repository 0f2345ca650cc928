/** Files open in a reader that shares no code with the writer, with the types and values the contract names. */
import { assert, assertEquals } from "@std/assert";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { readParquet } from "myx";
import { kvLines, makeProject } from "../project.ts";

const FOLDERS = ["10_parsed", "20_clean", "25_resampled", "30_transform", "40_aggregated"];

Deno.test("a second reader finds the types, the metadata and the values that were written", async () => {
  const rows = Array.from({ length: 90 }, (_, i) =>
    [i * 0.75, {
      m0: 100 + (i * 7) % 30,
      ...(i % 9 ? { m10: i } : {}),
      m2: 9007199254740991 - i,
      outdoor_temp: i / 7,
    }] as const);
  using project = makeProject({
    "datasets/valvometry/00_raw/EXP_a_2026-01-20.csv": kvLines(rows),
  });
  const params = { domains: { bio_signal: { min_value: null, max_value: null, spike_threshold: null } } };
  project.write({
    "flows/f.json": {
      name: "f",
      dataset: "valvometry",
      steps: JSON.parse(Deno.readTextFileSync(new URL("../../flows/valvometry_daily.json", import.meta.url))).steps
        .slice(0, 5).map((step: { treatment: string }) => step.treatment === "clean" ? { ...step, params } : step),
    },
  });
  const report = await project.run("f");
  assertEquals(report.exit_code, 0, JSON.stringify(report.steps.flatMap((step) => step.errors)));
  let files = 0;
  for (const folder of FOLDERS) {
    for (const name of project.list(`datasets/valvometry/${folder}`)) {
      const path = `${project.dir}/datasets/valvometry/${folder}/${name}`;
      const file = await asyncBufferFromFile(path);
      const { schema, row_groups, key_value_metadata } = await parquetMetadataAsync(file);
      const [, ts, ...data] = schema;
      assertEquals([ts!.name, ts!.repetition_type], ["ts", "REQUIRED"]);
      assertEquals(ts!.logical_type, { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" });
      for (const column of data) assert(["INT64", "DOUBLE"].includes(column.type!), `${column.name} is ${column.type}`);
      assert(data.every((column) => column.repetition_type === "OPTIONAL"));
      const chunk = row_groups[0]!.columns[0]!.meta_data!;
      assertEquals(chunk.codec, "SNAPPY");
      assert(chunk.statistics?.min_value !== undefined && chunk.statistics.max_value !== undefined);
      const metadata = JSON.parse(key_value_metadata!.find(({ key }) => key === "myx")!.value!);
      assertEquals(metadata.inputs === undefined, folder === "10_parsed");

      const ours = readParquet(path);
      const theirs = await parquetReadObjects({ file, parsers: { ...timestamps } });
      assertEquals(theirs.length, ours.ts.length);
      theirs.forEach((row, i) => {
        assertEquals(Number(row.ts), ours.ts[i]);
        for (const { name, values } of ours.columns) {
          assertEquals(row[name] === null ? NaN : Number(row[name]), values[i]);
        }
      });
      files++;
    }
  }
  assertEquals(files, 2 * (4 + 4));
  const parsed = readParquet(`${project.dir}/datasets/valvometry/10_parsed/EXP_a__bio_signal__2026-01-20.parquet`);
  assertEquals(parsed.columns.map(({ name, type }) => `${name} ${type}`), ["m0 int64", "m2 int64", "m10 int64"]);
  assertEquals([...parsed.ts], rows.map(([seconds]) => Date.UTC(2026, 0, 20) * 1000 + seconds * 1e6));
  assertEquals([...parsed.columns[1]!.values], rows.map(([, values]) => values.m2));
});

/** Microseconds as they are stored: hyparquet would round them to the milliseconds of a Date. */
const timestamps = {
  timestampFromMicroseconds: (micros: bigint) => micros as unknown as Date,
};
