import { assertEquals, assertThrows } from "@std/assert";
import { sourceOf } from "../../../core/raw/source_name.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("sourceOf() looks for equal sources among visible raw files alone", () => {
  const folderOf = (...names: string[]) => {
    const dir = makeTempDir();
    for (const name of names) Deno.writeTextFileSync(`${dir}/${name}`, "");
    return dir;
  };
  const name = "A_b_2026-01-20.csv";
  const strip = [{ src: ".old", target: "" }];
  const others = ["A b_2026-01-21.txt", "A b_2026-01-21.csv.part", ".oldA b_2026-01-21.csv"];
  assertEquals(sourceOf(folderOf(name, ...others), name, strip), "A_b");
  for (const other of ["A b_2026-01-21.CSV", "A b.csv.gz"]) {
    assertThrows(() => sourceOf(folderOf(name, other), name, strip), TypeError, `"A b" of "${other}"`);
  }
});
