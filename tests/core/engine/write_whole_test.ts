import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MyxError, UsageError } from "../../../core/contract/errors.ts";
import { makeFolder, writeWhole } from "../../../core/engine/write_whole.ts";
import { onFullDisk } from "../../full_disk.ts";
import { makeTempDir } from "../../temp_dir.ts";

const names = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();

Deno.test("writeWhole() replaces a file, and leaves nothing but what was there if it cannot", () => {
  const dir = makeTempDir();
  writeWhole(`${dir}/a.json`, "old");
  writeWhole(`${dir}/a.json`, "new");
  assertEquals([Deno.readTextFileSync(`${dir}/a.json`), names(dir)], ["new", ["a.json"]]);
  Deno.mkdirSync(`${dir}/folder/in`, { recursive: true });
  assertThrows(() => writeWhole(`${dir}/folder`, "text"));
  assertThrows(() => writeWhole(`${dir}/${"n".repeat(300)}`, "text"), MyxError, "its name is too long");
  assertEquals(names(dir), ["a.json", "folder"]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("writeWhole() tells that the disk is full, and keeps the old file", () => {
  const dir = makeTempDir();
  writeWhole(`${dir}/a.json`, "old");
  onFullDisk(2, () => {
    const error = assertThrows(() => writeWhole(`${dir}/a.json`, "new text"), MyxError, "the disk is full");
    assertStringIncludes(error.message, `${dir}/a.json`);
  });
  assertEquals([Deno.readTextFileSync(`${dir}/a.json`), names(dir)], ["old", ["a.json"]]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("makeFolder() says what is in the way", () => {
  const dir = makeTempDir();
  Deno.writeTextFileSync(`${dir}/file`, "");
  Deno.symlinkSync("nowhere", `${dir}/link`);
  for (const path of ["file/in", "file", "link"]) {
    assertThrows(() => makeFolder(`${dir}/${path}`), UsageError, "stands in its place");
  }
  assertThrows(() => makeFolder(`${dir}/${"n".repeat(300)}`), UsageError, "its name is too long");
  makeFolder(`${dir}/a/b`);
  makeFolder(`${dir}/a/b`);
  Deno.removeSync(dir, { recursive: true });
});
