import { assertEquals } from "@std/assert";
import { writeParquet } from "myx";
import { type Cell, compareColumns, compareOutputs } from "./compare.ts";
import { FOLDERS } from "./peers/rules.ts";

const differences = (a: Record<string, Cell[]>, b: Record<string, Cell[]>) =>
  compareColumns(new Map(Object.entries(a)), new Map(Object.entries(b))).different;

Deno.test("compareColumns() takes whole numbers exactly and floats to 1e-9 of their size", () => {
  assertEquals(differences({ x: [9007199254740993n] }, { x: [9007199254740992n] }), 1);
  assertEquals(differences({ x: [1000000] }, { x: [1000000.0005] }), 0);
  assertEquals(differences({ x: [1000000] }, { x: [1000000.002] }), 1);
  assertEquals(differences({ x: [1e-5] }, { x: [1.0000002e-5] }), 1);
  assertEquals(differences({ x: [0] }, { x: [1e-13] }), 0);
  assertEquals(differences({ x: [0] }, { x: [1e-11] }), 1);
});

Deno.test("compareColumns() tells null, NaN, a missing row, a missing column and another type from a value", () => {
  assertEquals(differences({ x: [null, 1] }, { x: [0, 1] }), 1);
  assertEquals(differences({ x: [null] }, { x: [NaN] }), 1);
  assertEquals(differences({ x: [1, 2] }, { x: [1] }), 1);
  assertEquals(differences({ x: [1], y: [1] }, { x: [1] }), 1);
  assertEquals(differences({ x: [1n] }, { x: [1] }), 1);
  assertEquals(compareColumns(undefined, new Map([["x", [1, 2]]])), {
    cells: 2,
    different: 2,
    examples: ["row 0, x: undefined and 1", "row 1, x: undefined and 2"],
  });
});

Deno.test("compareOutputs() finds one planted cell and one missing file among files that are equal", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "myx-test-" });
  try {
    const write = (side: string, step: keyof typeof FOLDERS, name: string, last: number) => {
      const ts = Float64Array.from({ length: 1000 }, (_, i) => Date.UTC(2026, 0, 20) * 1000 + i);
      const values = Float64Array.from({ length: 1000 }, (_, i) => i === 999 ? last : i % 7 ? i / 3 : NaN);
      const column = { name: "m0", type: "float64" as const, values };
      writeParquet(`${dir}/${side}/${FOLDERS[step]}/${name}.parquet`, { ts, columns: [column] });
    };
    for (const side of ["ours", "equal", "planted"]) {
      for (const folder of Object.values(FOLDERS)) Deno.mkdirSync(`${dir}/${side}/${folder}`, { recursive: true });
      write(side, "parse", "a", 5);
      write(side, "aggregate", "b", side === "planted" ? 5.001 : 5);
      if (side !== "planted") write(side, "clean", "c", 5);
    }
    const others = new Map([["equal", `${dir}/equal`], ["planted", `${dir}/planted`]]);
    const found = await compareOutputs(`${dir}/ours`, others);
    assertEquals(found.get("equal"), { cells: 6000, different: 0, examples: [] });
    const { cells, different, examples } = found.get("planted")!;
    assertEquals([cells, different], [6000, 2001]);
    assertEquals(examples.length, 5);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
