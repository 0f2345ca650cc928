import { assertEquals } from "@std/assert";
import { type InputFile, writeParquet } from "myx";
import { readNeighbours } from "../../treatments/clean/neighbours.ts";
import { makeTempDir } from "../temp_dir.ts";

/** A day of 300 rows in which each stamp stands `repeated` times; only the first of each has its number as value. */
function day(dir: string, name: string, repeated: number, role: InputFile["role"]): InputFile {
  const ts = Float64Array.from({ length: 300 }, (_, i) => Math.floor(i / repeated) * 1e6);
  const values = Float64Array.from({ length: 300 }, (_, i) => i % repeated ? -1 : Math.floor(i / repeated));
  const path = `${dir}/s__bio_signal__${name}.parquet`;
  writeParquet(path, { ts, columns: [{ name: "m0", type: "int64", values }] });
  return {
    name,
    path,
    role,
    size: 1,
    sha256: "",
    rows: 300,
    settled: true,
    source: "s",
    domain: "bio_signal",
    day: name,
  };
}

Deno.test("readNeighbours() finds the nearest distinct rows however often each is repeated", () => {
  const dir = makeTempDir();
  for (const repeated of [1, 2, 3, 5, 6, 7, 13, 60, 300]) {
    const files = [
      day(dir, "2026-01-19", repeated, "halo"),
      day(dir, "2026-01-20", 1, "own"),
      day(dir, "2026-01-21", repeated, "halo"),
    ];
    const count = 300 / repeated;
    const reach = { before: 5, after: 4, distinct: true, columns: ["m0"] };
    const { before, after } = readNeighbours(files, files[1]!, reach);
    const all = Array.from({ length: Math.ceil(count) }, (_, i) => i);
    assertEquals([...before.get("m0")!], all.slice(-5), `${repeated} times, before`);
    assertEquals([...after.get("m0")!], all.slice(0, 4), `${repeated} times, after`);
  }
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("readNeighbours() finds rows in files of the same window alone", () => {
  const dir = makeTempDir();
  const files = ["2026-01-19", "2026-01-20", "2026-01-21"].flatMap((name) =>
    ["10s", "1min"].map((window, i) => {
      const file = day(dir, `${name}__${window}`, 1 + i, name === "2026-01-20" ? "own" : "halo");
      return { ...file, day: name, window };
    })
  );
  const reach = { before: 2, after: 2, distinct: true, columns: ["m0"] };
  for (const [own, last] of [[files[2]!, 299], [files[3]!, 149]] as const) {
    const { before, after } = readNeighbours(files, own, reach);
    assertEquals([[...before.get("m0")!], [...after.get("m0")!]], [[last - 1, last], [0, 1]]);
  }
  Deno.removeSync(dir, { recursive: true });
});
