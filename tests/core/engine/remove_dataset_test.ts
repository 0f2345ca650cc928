import { assertEquals } from "@std/assert";
import { removeDataset } from "../../../core/engine/remove_dataset.ts";
import { withCutListing } from "../../cut_listing.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("removeDataset() removes the dataset whatever the disk lists, and what killed calls have left", async () => {
  const dir = makeTempDir();
  const list = () => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
  for (const name of ["a", "b", "c", "d"]) {
    for (const other of ["a", "b", "c", "d"]) Deno.mkdirSync(`${dir}/${other}/00_raw`, { recursive: true });
    await withCutListing((folder) => folder === dir, () => removeDataset(`${dir}/${name}`));
    assertEquals(list(), ["a", "b", "c", "d"].filter((other) => other !== name));
  }
  Deno.mkdirSync(`${dir}/.myx-deleted-e-0123abcd/00_raw`, { recursive: true });
  removeDataset(`${dir}/a`);
  assertEquals(list(), ["b", "c"]);
});
