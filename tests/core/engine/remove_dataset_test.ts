import { assertEquals, assertThrows } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
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

Deno.test("removeDataset() removes nothing where a folder is another user's, and all where our own are read-only", () => {
  const dir = makeTempDir();
  Deno.mkdirSync(`${dir}/a/00_raw`, { recursive: true });
  Deno.mkdirSync(`${dir}/a/10_parsed`);
  for (const name of ["00_raw/x.csv", "10_parsed/x.parquet"]) Deno.writeTextFileSync(`${dir}/a/${name}`, "");
  const { chmodSync, lstatSync, openSync } = Deno;
  const refuse = (path: string | URL) => {
    if (String(path).startsWith(`${dir}/a/10_parsed`)) {
      throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
    }
  };
  Deno.chmodSync = (path, mode) => (refuse(path), chmodSync(path, mode));
  Deno.openSync = (path, options) => (refuse(path), openSync(path, options));
  try {
    const message = `Cannot delete dataset "a": you have no right to empty "${dir}/a/10_parsed"`;
    assertThrows(() => removeDataset(`${dir}/a`), MyxError, message);
    // One that all may write into, where each may remove only what is his own.
    Object.assign(Deno, { openSync });
    chmodSync(`${dir}/a/10_parsed`, 0o1777);
    Deno.lstatSync = (path) => {
      const stat = lstatSync(path);
      return String(path).endsWith(".parquet") ? { ...stat, uid: stat.uid! + 1 } : stat;
    };
    assertThrows(() => removeDataset(`${dir}/a`), MyxError, message);
  } finally {
    Object.assign(Deno, { chmodSync, lstatSync, openSync });
  }
  assertEquals([...Deno.readDirSync(`${dir}/a/00_raw`)].map(({ name }) => name), ["x.csv"]);
  Deno.chmodSync(`${dir}/a/10_parsed`, 0o500);
  removeDataset(`${dir}/a`);
  assertEquals([...Deno.readDirSync(dir)], []);
});
