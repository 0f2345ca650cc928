import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readFooter } from "../../../core/engine/footer.ts";
import { readParquet, writeParquet } from "../../../core/data/parquet.ts";
import { createSink } from "../../../core/parquet/byte_sink.ts";
import { CONVERTED, TYPE } from "../../../core/parquet/format.ts";
import { ThriftWriter } from "../../../core/parquet/thrift_writer.ts";
import { makeProject, treatmentWith } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";

const LARGEST = 16 * 2 ** 20;

/** Writes a file of holes that says its footer, with the 8 bytes behind it, has `length` bytes. */
const WRITE = `function write(path, length) {
  const file = Deno.openSync(path, { write: true, create: true });
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setUint32(0, length - 8, true);
  tail.set([80, 65, 82, 49], 4);
  file.seekSync(2 * ${LARGEST}, 0);
  file.writeSync(tail);
  file.close();
}`;
const write: (path: string, length: number) => void = new Function(`return ${WRITE}`)();

Deno.test("readFooter() refuses a footer that would take too much memory, before it reads it", () => {
  const path = `${makeTempDir()}/large.parquet`;
  try {
    write(path, LARGEST + 1);
    assertThrows(() => readFooter(path), TypeError, `its footer has ${LARGEST + 1} bytes, more than ${LARGEST}`);
    write(path, LARGEST);
    const error = assertThrows(() => readFooter(path), TypeError, `Cannot read "${path}" as Parquet`);
    assertEquals(String(error).includes("more than"), false);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("readFooter() refuses a file that does not end as one, or whose row groups do not add up", () => {
  const path = `${makeTempDir()}/s.parquet`;
  try {
    writeParquet(path, { ts: Float64Array.of(1, 2), columns: [] });
    assertEquals(readFooter(path), { rows: 2, distinctTs: 2 });
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, Uint8Array.from([...bytes.subarray(0, -1), 0]));
    assertThrows(() => readFooter(path), TypeError, "does not end as one");
    // A footer of a schema and three rows, without row groups.
    const footer = [0x29, 0x0c, 0x16, 6, 0];
    Deno.writeFileSync(path, Uint8Array.from([80, 65, 82, 49, ...footer, footer.length, 0, 0, 0, 80, 65, 82, 49]));
    assertThrows(() => readFooter(path), TypeError, "it is damaged");
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("a file that takes more stack or memory than there is is told as damaged or too large, in our words", () => {
  const path = `${makeTempDir()}/deep.parquet`;
  const sink = createSink();
  const footer = new ThriftWriter(sink);
  footer.begin();
  footer.structList(2, 2);
  footer.begin();
  footer.i32(5, 1);
  footer.end();
  footer.begin();
  footer.i32(1, TYPE.int64);
  footer.text(4, "ts");
  footer.i32(6, CONVERTED.timestampMicros);
  footer.end();
  footer.i64(3, 2 ** 45);
  footer.structList(4, 1);
  footer.begin();
  footer.structList(1, 1);
  footer.begin();
  footer.struct(3);
  footer.i64(9, 4);
  footer.end();
  footer.end();
  footer.i64(3, 2 ** 45);
  footer.end();
  footer.end();
  // Structs in structs, and more rows than any memory holds.
  for (const footer of [new Uint8Array(1e6).fill(0x1c), sink.bytes.slice(0, sink.at)]) {
    const length = new Uint8Array(Uint32Array.of(footer.length).buffer);
    Deno.writeFileSync(path, Uint8Array.from([80, 65, 82, 49, ...footer, ...length, 80, 65, 82, 49]));
    const words = `Cannot read "${path}" as Parquet: it is damaged or does not fit into memory`;
    assertThrows(() => readParquet(path), TypeError, words);
    if (footer.length > 1000) assertThrows(() => readFooter(path), TypeError, words);
  }
  Deno.removeSync(path);
});

Deno.test("a result beside which another is damaged is not published, and no copy of it stays", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] },
    ...treatmentWith(
      "t",
      `import { writeParquet } from "myx";
      export function run(_, output) {
        for (const day of [20, 21, 22]) {
          const path = output + "/s__bio_signal__2026-01-" + day + ".parquet";
          if (day === 21) Deno.writeTextFileSync(path, "PAR1");
          else writeParquet(path, { ts: Float64Array.of(day), columns: [] });
        }
      }`,
      { output: { format: "parquet" }, partition: [] },
    ),
    "datasets/d/00_raw/a.csv": "x\n",
  });
  const report = await project.run("f");
  assertEquals(report.exit_code, 1);
  assertStringIncludes(report.steps[0]!.errors[0]!.message, "which is no readable Parquet file");
  assertEquals([...Deno.readDirSync(`${project.dir}/datasets/d/10_out`)].map(({ name }) => name), []);
});

Deno.test("a result whose footer is too large fails its partition and is not published", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] },
    ...treatmentWith(
      "t",
      `${WRITE}
      export function run(_, output) { write(output + "/s__bio_signal__2026-01-20.parquet", ${LARGEST + 1}); }`,
      { output: { format: "parquet" } },
    ),
    "datasets/d/00_raw/a.csv": "x\n",
  });
  const report = await project.run("f");
  assertEquals(report.exit_code, 1);
  assertStringIncludes(report.steps[0]!.errors[0]!.message, "which is no readable Parquet file");
  assertEquals(project.list("datasets/d/10_out"), []);
});
