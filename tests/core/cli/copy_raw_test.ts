import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { copyRaw, filesLeftOut, folderLeftOut, planCopy } from "../../../core/cli/copy_raw.ts";
import { MyxError, UsageError } from "../../../core/contract/errors.ts";
import { withCutListing } from "../../cut_listing.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { myxAsAnybody } from "./process.ts";

function folders(): { from: string; to: string } {
  const dir = makeTempDir();
  const [from, to] = [`${dir}/usb`, `${dir}/00_raw`];
  Deno.mkdirSync(from);
  Deno.mkdirSync(to);
  return { from, to };
}

Deno.test("copyRaw() copies csv and csv.gz with their age, and nothing twice", async () => {
  const { from, to } = folders();
  for (const name of ["a.csv", "b.CSV.gz", "notes.txt", ".hidden.csv"]) Deno.writeTextFileSync(`${from}/${name}`, name);
  Deno.mkdirSync(`${from}/folder.csv`);
  Deno.utimeSync(`${from}/a.csv`, 1_700_000_000, 1_700_000_000);
  assertEquals(copyRaw(await planCopy(from, to)), 2);
  assertEquals([...Deno.readDirSync(to)].map(({ name }) => name).sort(), ["a.csv", "b.CSV.gz"]);
  assertEquals(Deno.readTextFileSync(`${to}/a.csv`), "a.csv");
  assertEquals(Deno.statSync(`${to}/a.csv`).mtime, new Date(1_700_000_000_000));
  assertEquals(Deno.readTextFileSync(`${from}/a.csv`), "a.csv", "the original stays");
  assertEquals(copyRaw(await planCopy(from, to)), 0);
  assertEquals(filesLeftOut(from), ["notes.txt"]);
});

Deno.test("copyRaw() on a full disk says so, leaves no part of a file behind, and copies the rest once there is room", async () => {
  const { from, to } = folders();
  for (const name of ["a.csv", "b.csv"]) Deno.writeTextFileSync(`${from}/${name}`, name);
  const copy = Deno.copyFileSync;
  Deno.copyFileSync = (source, target) => {
    if (!String(source).endsWith("b.csv")) return copy(source, target);
    Deno.writeTextFileSync(target, "b");
    throw new Error(`No space left on device (os error 28): copy '${source}' -> '${target}'`);
  };
  try {
    const copies = await planCopy(from, to);
    const error = assertThrows(
      () => copyRaw(copies),
      MyxError,
      `Cannot write into "${to}": the disk is full`,
    );
    assertStringIncludes(error.fix!, "Free some space");
  } finally {
    Deno.copyFileSync = copy;
  }
  assertEquals([...Deno.readDirSync(to)].map(({ name }) => name), ["a.csv"]);
  assertEquals(copyRaw(await planCopy(from, to)), 1);
  assertEquals(Deno.readTextFileSync(`${to}/b.csv`), "b.csv");
});

Deno.test("copyRaw() gives a copy its name once the disk has it, and fails where that cannot be", async () => {
  const { from, to } = folders();
  for (const name of ["a.csv", "b.csv"]) Deno.writeTextFileSync(`${from}/${name}`, name);
  const copies = await planCopy(from, to);
  const open = Deno.openSync;
  let synced: string[] = [];
  let room = 1;
  Deno.openSync = (path, options) => {
    const file = open(path, options);
    file.syncSync = () => {
      if (room-- === 0) throw new Error("Disk quota exceeded (os error 122)");
      synced.push(String(path).slice(to.length));
    };
    return file;
  };
  try {
    assertThrows(() => copyRaw(copies), MyxError, `Cannot write into "${to}": your quota is used up`);
    assertEquals([[...Deno.readDirSync(to)].map(({ name }) => name), synced], [["a.csv"], ["/.a.csv.part"]]);
    [room, synced] = [9, []];
    assertEquals(copyRaw(await planCopy(from, to)), 1);
    assertEquals(synced, ["/.b.csv.part", ""]);
  } finally {
    Deno.openSync = open;
  }
});

Deno.test("init --raw names the original that it may not read, and the folder that it may not write", async () => {
  const { from, to } = folders();
  const project = to.replace(/\/00_raw$/, "");
  const init = () => myxAsAnybody(["init", "a", "--raw", from], project);
  Deno.writeTextFileSync(`${from}/a.csv`, "a");
  Deno.chmodSync(`${from}/a.csv`, 0o000);
  assertStringIncludes(
    (await init()).stderr,
    `Error: Cannot open "${from}/a.csv": the system does not let this user\n`,
  );
  Deno.chmodSync(`${from}/a.csv`, 0o600);
  const target = `${project}/datasets/a/00_raw`;
  Deno.chmodSync(target, 0o500);
  assertStringIncludes((await init()).stderr, `Error: Cannot write into "${target}": it is read-only\n`);
  Deno.chmodSync(target, 0o700);
  assertEquals((await init()).code, 0);
});

Deno.test("planCopy() refuses to overwrite a file that differs, however late", async () => {
  const { from, to } = folders();
  const text = "x".repeat(200_000);
  Deno.writeTextFileSync(`${from}/a.csv`, `${text}1`);
  Deno.writeTextFileSync(`${to}/a.csv`, `${text}2`);
  assertStringIncludes((await assertRejects(() => planCopy(from, to), UsageError)).message, "a.csv differ");
  Deno.writeTextFileSync(`${to}/a.csv`, text);
  await assertRejects(() => planCopy(from, to), UsageError);
  Deno.writeTextFileSync(`${to}/a.csv`, `${text}1`);
  assertEquals((await planCopy(from, to)).map(({ done }) => done), [true]);
});

Deno.test("planCopy() refuses a raw file that nothing can open by its name: it would be left out without a word", async () => {
  const { from, to } = folders();
  Deno.writeTextFileSync(`${from}/a.csv`, "a");
  Deno.symlinkSync("nowhere", `${from}/b.csv`);
  await assertRejects(
    () => planCopy(from, to),
    UsageError,
    `Cannot copy "b.csv" from "${from}": it is a link that leads nowhere`,
  );
  Deno.removeSync(`${from}/b.csv`);
  // In Latin-1, as an old logger writes it.
  await new Deno.Command("sh", { args: ["-c", "touch \"$0/$(printf 'c\\351')_2026-01-20.csv\"", from] }).output();
  await assertRejects(() => planCopy(from, to), UsageError, `from "${from}": its name is not UTF-8`);
});

Deno.test("planCopy() refuses a folder that is missing or has no raw file", async () => {
  const { from, to } = folders();
  const fixOf = async () => (await assertRejects(() => planCopy(from, to), UsageError, "ends in .csv or .csv.gz")).fix;
  assertEquals(await fixOf(), "Name the folder that holds the files themselves; folders in it are not searched");
  Deno.writeTextFileSync(`${from}/LOG.TXT`, "");
  assertEquals(
    await fixOf(),
    'Its files have other names, such as "LOG.TXT": rename those that are text; folders in it are not searched',
  );
  assertStringIncludes((await assertRejects(() => planCopy(`${from}/x`, to), UsageError)).message, "no such folder");
});

Deno.test("planCopy() copies nothing of a folder that the disk lists only in part: what is left out would be lost with it", async () => {
  const { from, to } = folders();
  for (const name of ["a.csv", "b.csv"]) Deno.writeTextFileSync(`${from}/${name}`, name);
  const plan = () => withCutListing((folder) => folder === from, () => planCopy(from, to));
  await assertRejects(plan, MyxError, `Cannot read folder "${from}": Input/output error (os error 5)`);
});

Deno.test("folderLeftOut() names a folder with raw files beside those that are copied", () => {
  const { from } = folders();
  for (const name of ["photos", "february", "january", ".trash"]) Deno.mkdirSync(`${from}/${name}`);
  for (const path of ["photos/a.jpg", ".trash/a.csv"]) Deno.writeTextFileSync(`${from}/${path}`, "");
  assertEquals(folderLeftOut(from), undefined);
  for (const path of ["january/a.csv", "february/a.CSV.GZ"]) Deno.writeTextFileSync(`${from}/${path}`, "");
  assertEquals(folderLeftOut(from), "february");
});
