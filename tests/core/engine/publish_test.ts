import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { writeParquet } from "myx";
import { MyxError } from "../../../core/contract/errors.ts";
import { sha256 } from "../../../core/data/sha256.ts";
import type { StagedFile } from "../../../core/engine/collect.ts";
import type { Contents } from "../../../core/engine/contents.ts";
import type { FolderFile } from "../../../core/engine/folder.ts";
import type { ContentRecord } from "../../../core/engine/ledger.ts";
import { publishFiles, removeFiles, removeTemporaries } from "../../../core/engine/publish.ts";
import { withShortWrites } from "../../short_writes.ts";
import { makeTempDir } from "../../temp_dir.ts";

/** A folder with a file, others that are staged for it, and what is remembered of their contents. */
function stage(files: Readonly<Record<string, string>>) {
  const dir = makeTempDir();
  for (const folder of ["staged", "out"]) Deno.mkdirSync(`${dir}/${folder}`);
  for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${dir}/staged/${name}`, text);
  const remembered = new Map<string, ContentRecord>();
  const contents = {
    of: ({ path }: FolderFile) => ({ sha256: sha256(Deno.readTextFileSync(path)) }),
    put: (path: string, record: ContentRecord) => remembered.set(path.slice(path.lastIndexOf("/") + 1), record),
  } as unknown as Contents;
  const staged = new Map(Object.keys(files).map((name) => [name, stagedFile(`${dir}/staged/${name}`)]));
  const list = () => [...Deno.readDirSync(`${dir}/out`)].map(({ name }) => name).sort();
  return { dir, out: `${dir}/out`, staged, contents, remembered, list };
}

function stagedFile(path: string): StagedFile {
  return { path, size: Deno.lstatSync(path).size };
}

/** What is made safe on disk and renamed, in order, while `act` runs. */
async function diskCalls(act: () => Promise<unknown>): Promise<string> {
  const { sync } = Deno.FsFile.prototype;
  const { renameSync } = Deno;
  const calls: string[] = [];
  Deno.FsFile.prototype.sync = async function () {
    await sync.call(this);
    calls.push("sync");
  };
  Deno.renameSync = (from, to) => {
    calls.push("rename");
    renameSync(from, to);
  };
  try {
    await act();
  } finally {
    Deno.FsFile.prototype.sync = sync;
    Deno.renameSync = renameSync;
  }
  return calls.join(" ");
}

Deno.test("publishFiles() makes all copies safe before the first gets its name, and the names last behind", async () => {
  const { out, staged, contents, list } = stage({ "a.csv": "1\n", "b.csv": "2\n" });
  assertEquals(await diskCalls(() => publishFiles(out, staged, contents)), "sync sync rename rename sync");
  assertEquals(list(), ["a.csv", "b.csv"]);
  assertEquals(await diskCalls(() => publishFiles(out, staged, contents)), "sync sync");
  assertEquals(list(), ["a.csv", "b.csv"]);
  Deno.writeTextFileSync(`${out}/b.csv`, "3\n");
  assertEquals(await diskCalls(() => publishFiles(out, staged, contents)), "sync sync rename sync");
  assertEquals(Deno.readTextFileSync(`${out}/b.csv`), "2\n");
  assertEquals(await diskCalls(() => removeFiles(out, ["a.csv", "none.csv"])), "sync");
  assertEquals(await diskCalls(() => removeFiles(out, ["a.csv", "none.csv"])), "");
  assertEquals(list(), ["b.csv"]);
});

Deno.test("publishFiles() leaves the old files whole, and nothing else, where one of the new is no Parquet", async () => {
  const { out, staged, contents, list } = stage({ "a.csv": "1\n", "b.parquet": "no Parquet" });
  Deno.writeTextFileSync(`${out}/a.csv`, "old\n");
  await assertRejects(
    () => publishFiles(out, staged, contents),
    Error,
    'wrote "b.parquet", which is no readable Parquet',
  );
  assertEquals([list(), Deno.readTextFileSync(`${out}/a.csv`)], [["a.csv"], "old\n"]);
});

Deno.test("publishFiles() counts rows, and remembers what is in each file", async () => {
  const texts = {
    "header.csv": "Time;c0\n2026-01-20 00:00:00;1\n",
    "none.csv": "2026-01-20 00:00:00;1\n2026-01-20 00:00:01;2\n",
    "open.CSV": "Time;c0\n1;2\n3;4",
    "empty.csv": "",
    "large.csv": `Time;\n${"9;10\n".repeat(300_000)}`,
    "a.jsonl.gz": "1\n",
  };
  const { dir, out, staged, contents, remembered } = stage(texts);
  writeParquet(`${dir}/staged/p.parquet`, { ts: new Float64Array([1, 1, 2]), columns: [] });
  staged.set("p.parquet", stagedFile(`${dir}/staged/p.parquet`));
  const published = await publishFiles(out, staged, contents);
  assertEquals(published.map(({ rows }) => rows), [1, 2, 2, 0, 300_000, 0, 3]);
  assertEquals(published.slice(0, 6).map(({ sha256 }) => sha256), Object.values(texts).map(sha256));
  const { rows, distinctTs, sha256: hash } = remembered.get("p.parquet")!;
  assertEquals([rows, distinctTs, hash], [3, 2, published[6]!.sha256]);
  assertEquals([remembered.get("header.csv")!.rows, remembered.size], [null, 7]);
});

Deno.test("publishFiles() publishes all of each file, where they are many and the system takes only a part at a time", async () => {
  const texts = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.csv`, `${i};`.repeat(100 * i)]));
  const { out, staged, contents, list } = stage(texts);
  await withShortWrites(() => publishFiles(out, staged, contents));
  assertEquals(list(), Object.keys(texts).sort());
  for (const [name, text] of Object.entries(texts)) assertEquals(Deno.readTextFileSync(`${out}/${name}`), text);
});

Deno.test("publishFiles() leaves out what a child still writes once its call has ended", async () => {
  const { dir, out, staged, contents } = stage({ "a.csv": "1\n" });
  Deno.writeTextFileSync(`${dir}/staged/a.csv`, "2\n", { append: true });
  assertEquals((await publishFiles(out, staged, contents)).map(({ rows }) => rows), [1]);
  assertEquals(Deno.readTextFileSync(`${out}/a.csv`), "1\n");
});

Deno.test("removeTemporaries() removes what a killed run left, and nothing else", () => {
  const { out, list } = stage({});
  const kept = [".myx-notes.tmp", "a.myx-0.tmp", "a.tmp", ".myx-0.tmp.csv"].sort();
  for (const name of [...kept, `.myx-${crypto.randomUUID()}.tmp`]) Deno.writeTextFileSync(`${out}/${name}`, "");
  removeTemporaries(out);
  assertEquals(list(), kept);
  removeTemporaries(`${out}/none`);
});

Deno.test("publishFiles() names the file that a failing disk does not give back, and does not blame the treatment for it", async () => {
  const { dir, out, staged, contents, list } = stage({});
  writeParquet(`${dir}/staged/a.parquet`, { ts: Float64Array.of(1), columns: [] });
  staged.set("a.parquet", stagedFile(`${dir}/staged/a.parquet`));
  const open = Deno.openSync;
  for (const [at, told] of [[out, "/out/.myx-"], ["/staged/", "/staged/a.parquet"]] as const) {
    Deno.openSync = (path, options) => {
      const file = open(path, options);
      file.readSync = String(path).includes(at) ? () => fail("Input/output error (os error 5)") : file.readSync;
      return file;
    };
    try {
      const error = await assertRejects(() => publishFiles(out, staged, contents), MyxError, "Cannot read");
      assertStringIncludes(error.message, told);
      assertStringIncludes(error.message, ": Input/output error (os error 5)");
    } finally {
      Deno.openSync = open;
    }
    assertEquals(list(), []);
  }
});

function fail(words: string): never {
  throw new Error(words);
}
