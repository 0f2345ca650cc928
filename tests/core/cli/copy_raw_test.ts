import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { copyRaw, folderLeftOut, planCopy } from "../../../core/cli/copy_raw.ts";
import { MyxError, UsageError } from "../../../core/contract/errors.ts";
import { makeTempDir } from "../../temp_dir.ts";

function folders(): { from: string; to: string } {
  const dir = makeTempDir();
  const [from, to] = [`${dir}/usb`, `${dir}/00_raw`];
  Deno.mkdirSync(from);
  Deno.mkdirSync(to);
  return { from, to };
}

Deno.test("copyRaw() copies csv and csv.gz with their age, and nothing twice", () => {
  const { from, to } = folders();
  for (const name of ["a.csv", "b.CSV.gz", "notes.txt", ".hidden.csv"]) Deno.writeTextFileSync(`${from}/${name}`, name);
  Deno.mkdirSync(`${from}/folder.csv`);
  Deno.utimeSync(`${from}/a.csv`, 1_700_000_000, 1_700_000_000);
  assertEquals(copyRaw(planCopy(from, to)), 2);
  assertEquals([...Deno.readDirSync(to)].map(({ name }) => name).sort(), ["a.csv", "b.CSV.gz"]);
  assertEquals(Deno.readTextFileSync(`${to}/a.csv`), "a.csv");
  assertEquals(Deno.statSync(`${to}/a.csv`).mtime, new Date(1_700_000_000_000));
  assertEquals(Deno.readTextFileSync(`${from}/a.csv`), "a.csv", "the original stays");
  assertEquals(copyRaw(planCopy(from, to)), 0);
});

Deno.test("copyRaw() on a full disk says so, leaves no part of a file behind, and copies the rest once there is room", () => {
  const { from, to } = folders();
  for (const name of ["a.csv", "b.csv"]) Deno.writeTextFileSync(`${from}/${name}`, name);
  const copy = Deno.copyFileSync;
  Deno.copyFileSync = (source, target) => {
    if (!String(source).endsWith("b.csv")) return copy(source, target);
    Deno.writeTextFileSync(target, "b");
    throw new Error(`No space left on device (os error 28): copy '${source}' -> '${target}'`);
  };
  try {
    const error = assertThrows(
      () => copyRaw(planCopy(from, to)),
      MyxError,
      `Cannot write into "${to}": the disk is full`,
    );
    assertStringIncludes(error.fix!, "Free some space");
  } finally {
    Deno.copyFileSync = copy;
  }
  assertEquals([...Deno.readDirSync(to)].map(({ name }) => name), ["a.csv"]);
  assertEquals(copyRaw(planCopy(from, to)), 1);
  assertEquals(Deno.readTextFileSync(`${to}/b.csv`), "b.csv");
});

Deno.test("planCopy() refuses to overwrite a file that differs, however late", () => {
  const { from, to } = folders();
  const text = "x".repeat(200_000);
  Deno.writeTextFileSync(`${from}/a.csv`, `${text}1`);
  Deno.writeTextFileSync(`${to}/a.csv`, `${text}2`);
  assertStringIncludes(assertThrows(() => planCopy(from, to), UsageError).message, "a.csv differ");
  Deno.writeTextFileSync(`${to}/a.csv`, text);
  assertThrows(() => planCopy(from, to), UsageError);
  Deno.writeTextFileSync(`${to}/a.csv`, `${text}1`);
  assertEquals(planCopy(from, to).map(({ done }) => done), [true]);
});

Deno.test("planCopy() refuses a folder that is missing or has no raw file", () => {
  const { from, to } = folders();
  assertStringIncludes(assertThrows(() => planCopy(from, to), UsageError).message, "it has no *.csv");
  assertStringIncludes(assertThrows(() => planCopy(`${from}/x`, to), UsageError).message, "no such folder");
});

Deno.test("folderLeftOut() names a folder with raw files beside those that are copied", () => {
  const { from } = folders();
  for (const name of ["photos", "february", "january", ".trash"]) Deno.mkdirSync(`${from}/${name}`);
  for (const path of ["photos/a.jpg", ".trash/a.csv"]) Deno.writeTextFileSync(`${from}/${path}`, "");
  assertEquals(folderLeftOut(from), undefined);
  for (const path of ["january/a.csv", "february/a.CSV.GZ"]) Deno.writeTextFileSync(`${from}/${path}`, "");
  assertEquals(folderLeftOut(from), "february");
});
