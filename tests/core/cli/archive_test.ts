/** `archive` and `delete` as a process, under the grants that `init` gives a project. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, fromFileUrl } from "@std/path";
import { denoCommand, projectGrants } from "../../../core/cli/grants.ts";
import { lockFolder } from "../../../core/engine/lock.ts";
import { verifyFlow } from "../../../core/engine/verify.ts";
import { isThere } from "../../../core/contract/project.ts";
import { kvLines, makeProject, type TestProject } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { myx as myxFrom, myxAsAnybody } from "./process.ts";

const HOME = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

const FLOW = {
  name: "small",
  description: "For a test",
  dataset: "mussels",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "parquet_to_csv", input: "10_parsed", output: "61_csv" },
  ],
};

function project(): TestProject {
  const rows = Array.from({ length: 200 }, (_, i) => [i, { m0: i % 50, m1: 7 }] as const);
  return makeProject({ "flows/small.json": FLOW, "datasets/mussels/00_raw/A_2026-01-20.csv": kvLines(rows) });
}

async function myx(dir: string, ...args: string[]) {
  const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: dir,
    env: { NO_COLOR: "1", INIT_CWD: dir },
  }).output();
  const text = (bytes: Uint8Array<ArrayBuffer>) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const folders = (dir: string) => [...Deno.readDirSync(`${dir}/datasets`)].map(({ name }) => name).sort();

Deno.test("what archive and delete --archive take away, tar brings back whole: verify is clean, nothing is stale", async () => {
  using project_ = project();
  const { dir } = project_;
  assertEquals((await project_.run("small")).exit_code, 0);
  const before = project_.hashes(...["00_raw", "10_parsed", "61_csv"].map((folder) => `datasets/mussels/${folder}`));
  const deleted = await myx(dir, "delete", "mussels", "--archive");
  assertEquals([deleted.code, deleted.stdout], [0, ""], deleted.stderr);
  assertMatch(
    deleted.stderr,
    /^Archived mussels: 4 files, .* in .*; read back and compared\nDeleted dataset mussels: 4 files\n/,
  );
  assertEquals(folders(dir), ["_archive"]);
  const restore = /^To have it again: tar (.*)$/m.exec(deleted.stderr)![1]!.split(" ");
  assert((await new Deno.Command("tar", { args: restore, cwd: dir }).output()).success);
  assertEquals(folders(dir), ["_archive", "mussels"]);
  assertEquals(verifyFlow(project_.resolve("small")).faults, []);
  const again = await project_.run("small", { last: true });
  assertEquals([again.exit_code, again.status], [0, "up-to-date"]);
  assertEquals(again.steps.map(({ partitions }) => partitions.computed), [0, 0]);
  assertEquals(
    project_.hashes(...["00_raw", "10_parsed", "61_csv"].map((folder) => `datasets/mussels/${folder}`)),
    before,
  );
});

Deno.test("delete ends with a command that a shell takes as it is, also where the path has a blank", async () => {
  const dir = makeTempDir();
  const file = `${dir}/my lab/datasets/d/00_raw/a.csv`;
  Deno.mkdirSync(dirname(file), { recursive: true });
  Deno.writeTextFileSync(file, "2026-01-20T00:00:01Z;m0:1\n");
  const { code, stderr } = await myxFrom(["delete", "d", "--archive", "--project", "my lab"], dir);
  assertEquals([code, isThere(file, "isFile")], [0, false], stderr);
  const restore = /^To have it again: (.*)$/m.exec(stderr)![1]!;
  assert((await new Deno.Command("sh", { args: ["-c", restore], cwd: dir }).output()).success, restore);
  assert(isThere(file, "isFile"));
});

Deno.test("archive prints where it went, and its folder is no dataset", async () => {
  using project_ = project();
  const { dir } = project_;
  const { code, stdout, stderr } = await myx(dir, "archive", "mussels");
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^datasets\/_archive\/mussels_\d{4}-\d\d-\d\dT\d{6}Z\.tar\.gz\n$/);
  const named = await myx(dir, "archive", "mussels", "--output", "datasets/mine.tar.gz", "--json");
  const report = JSON.parse(named.stdout);
  assertEquals([report.dataset, report.path, report.files], ["mussels", "datasets/mine.tar.gz", 1]);
  assertEquals(report.archive_bytes, Deno.statSync(`${dir}/datasets/mine.tar.gz`).size);
  for (
    const [args, code, message] of [
      [["archive", "mussels", "--output", "datasets/mine.tar.gz"], 1, "there is a file of that name"],
      [["archive", "mussels", "--output", "datasets/mussels/x.tar.gz"], 2, "it lies in the dataset itself"],
      [["archive", "mussels", "--output", "datasets/x.zip"], 2, "ends in .tar.gz"],
      [["delete", "mussels", "--output", "datasets/none.tar.gz"], 1, "there is no such file"],
      [["delete", "mussels", "--output", "datasets"], 2, "there is no archive of it"],
      [["archive", "musels"], 2, '(did you mean "mussels"?)'],
      [["archive", "_archive"], 2, 'Cannot find dataset "_archive"'],
      [["archive", ".."], 2, 'Cannot find dataset ".."'],
      [["archive", "with blank"], 2, 'Cannot find dataset "with blank": expected a name of letters'],
      [["delete", "mussel"], 2, '(did you mean "mussels"?)'],
      [["delete", "../datasets/mussels"], 2, "Cannot find dataset"],
      [["init", "_archive"], 2, "archives of datasets lie there"],
    ] as const
  ) {
    const refused = await myx(dir, ...args);
    assertEquals([refused.code, refused.stdout], [code, ""], refused.stderr);
    assertStringIncludes(refused.stderr, message);
  }
  assertEquals(folders(dir), ["_archive", "mine.tar.gz", "mussels"]);
  assertStringIncludes((await myx(dir, "status")).stdout, "small in datasets/mussels\n");
  assertEquals((await myx(dir, "delete", "mussels", "--output", "datasets/_archive")).code, 0);
});

Deno.test("archive and delete name the file that they may not read, and not the disk of the archive", async () => {
  using project_ = project();
  const { dir } = project_;
  const raw = "datasets/mussels/00_raw/A_2026-01-20.csv";
  Deno.chmodSync(`${dir}/${raw}`, 0o000);
  const refused = await myxAsAnybody(["archive", "mussels"], dir);
  assertEquals(
    [refused.code, refused.stderr],
    [
      1,
      `Error: Cannot read "${dir}/${raw}": you have no right to\nAsk its owner for the right to read it\n`,
    ],
  );
  Deno.chmodSync(`${dir}/${raw}`, 0o600);
  const path = (await myx(dir, "archive", "mussels")).stdout.trim();
  Deno.chmodSync(`${dir}/${path}`, 0o000);
  const kept = await myxAsAnybody(["delete", "mussels"], dir);
  assertEquals(
    [kept.code, kept.stderr],
    [1, `Error: Cannot read the archive "${dir}/${path}": you have no right to\nName another one with --output\n`],
  );
});

Deno.test("archive removes what a killed run left, and not what another project archives there now", async () => {
  using project_ = project();
  const { dir } = project_;
  const parts = ["2026-01-20T000000Z", "2026-01-21T000000Z"].map((stamp) => `mussels_${stamp}.tar.gz.part`);
  project_.write(Object.fromEntries(parts.map((part) => [`datasets/_archive/.myx/${part}`, "half of it"])));
  using held = Deno.openSync(`${dir}/datasets/_archive/.myx/${parts[0]}`, { write: true });
  held.lockSync(true);
  assertEquals((await myx(dir, "archive", "mussels")).code, 0);
  assertEquals([...listParts(dir)], [parts[0]!]);
});

Deno.test("delete refuses without an archive of what is there now, and says the ways", async () => {
  using project_ = project();
  const { dir } = project_;
  const none = await myx(dir, "delete", "mussels");
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "there is no archive of it\nArchive it with: ");
  assertEquals((await myx(dir, "archive", "mussels")).code, 0);
  project_.write({ "datasets/mussels/00_raw/A_2026-01-20.csv": "x", "datasets/mussels/00_raw/new.csv": "" });
  Deno.mkdirSync(`${dir}/datasets/mussels/notes`);
  const other = await myx(dir, "delete", "mussels");
  assertEquals(other.code, 2);
  assertStringIncludes(
    other.stderr,
    ["00_raw/A_2026-01-20.csv", "00_raw/new.csv", "notes"]
      .map((path) => `  ${path}: not in the archive as it is now\n`).join(""),
  );
  assertStringIncludes(other.stderr, "2 files and 1 folder of it are not in its archive");
  assertEquals((await myx(dir, "delete", "mussels", "--yes")).code, 0);
  assertEquals(folders(dir), ["_archive"]);
});

Deno.test("delete follows no link out of the dataset, and takes what nobody may write", async () => {
  using project_ = project();
  const { dir } = project_;
  project_.write({ "elsewhere/kept.csv": "1", "datasets/mussels/sub/locked/a": "2" });
  Deno.symlinkSync(`${dir}/elsewhere`, `${dir}/datasets/mussels/linked`);
  Deno.symlinkSync("mussels", `${dir}/datasets/alias`);
  Deno.chmodSync(`${dir}/datasets/mussels/sub/locked`, 0o500);
  const alias = await myx(dir, "delete", "alias", "--yes");
  assertEquals(alias.code, 2);
  assertStringIncludes(alias.stderr, "is a link to");
  const archived = await myx(dir, "archive", "mussels");
  assertStringIncludes(
    archived.stderr,
    "  linked: kept as a link; what it points to is in the archive only if it lies in the dataset\n",
  );
  // What myx remembers may differ: it can be made again.
  project_.write({ "datasets/mussels/.myx/note": "" });
  const deleted = await myx(dir, "delete", "mussels");
  assertEquals(deleted.code, 0, deleted.stderr);
  assertEquals(project_.read("elsewhere/kept.csv"), "1");
  assertEquals(folders(dir), ["_archive", "alias"]);
});

Deno.test("delete names the folder that it may not write, and leaves what another user's killed call has left", async () => {
  using project_ = project();
  const { dir } = project_;
  Deno.chmodSync(`${dir}/datasets`, 0o500);
  const refused = await myxAsAnybody(["delete", "mussels", "--yes"], dir);
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, `Error: Cannot write into "${dir}/datasets": it is read-only\n`);
  Deno.chmodSync(`${dir}/datasets`, 0o700);
  project_.write({ "datasets/.myx-deleted-a-1/x": "", "datasets/.myx-deleted-b-1/x": "" });
  // Only root can give one away.
  const isTheirs = Deno.uid() === 0;
  if (isTheirs) Deno.chownSync(`${dir}/datasets/.myx-deleted-a-1`, 65534, 65534);
  Deno.chmodSync(`${dir}/datasets/.myx-deleted-a-1`, 0o700);
  const deleted = await myxAsAnybody(["delete", "mussels", "--yes"], dir);
  assertEquals([deleted.code, deleted.stderr], [0, "Deleted dataset mussels: 1 file\n"]);
  assertEquals(folders(dir), isTheirs ? [".myx-deleted-a-1"] : []);
});

Deno.test("archive and delete end with 3 while a run writes the dataset, wherever its folder lies", async () => {
  for (const folder of ["00_raw", "99_not_made_yet", "deep/inside"]) {
    using project_ = project();
    const { dir } = project_;
    if (folder.includes("/")) Deno.mkdirSync(`${dir}/datasets/mussels/deep/inside`, { recursive: true });
    using _run = await lockFolder(`${dir}/datasets/mussels/${folder}`, { command: "flow small" });
    for (const args of [["archive", "mussels"], ["delete", "mussels", "--yes"]]) {
      const { code, stderr } = await myx(dir, ...args);
      assertEquals(code, 3, `${folder}\n${stderr}`);
      assertMatch(stderr, /Cannot lock dataset "mussels": process \d+ on \S+ \(flow small\) has had it for/);
    }
    assertEquals(folders(dir), ["mussels"]);
  }
});

Deno.test("delete --archive keeps a dataset that a logger wrote into meanwhile", async () => {
  using project_ = project();
  const { dir } = project_;
  const bytes = new Uint8Array(40 * 2 ** 20);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  project_.write({ "datasets/mussels/00_raw/big.csv": bytes });
  const deleting = myx(dir, "delete", "mussels", "--archive");
  for (let part = false; !part; part = [...listParts(dir)].length > 0) await new Promise((done) => setTimeout(done, 5));
  Deno.writeTextFileSync(`${dir}/datasets/mussels/00_raw/A_2026-01-20.csv`, "late\n", { append: true });
  const { code, stderr } = await deleting;
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "  00_raw/A_2026-01-20.csv: came or changed meanwhile\n");
  assertStringIncludes(stderr, 'Cannot delete dataset "mussels": something wrote in it after it was archived as');
  assertEquals(folders(dir), ["_archive", "mussels"]);
});

function* listParts(dir: string): Generator<string> {
  try {
    for (const { name } of Deno.readDirSync(`${dir}/datasets/_archive/.myx`)) if (name.endsWith(".part")) yield name;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
