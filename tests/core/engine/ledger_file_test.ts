import { DatabaseSync, type StatementSync } from "node:sqlite";
import { assertEquals, assertStringIncludes, assertThrows, fail } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { MyxError } from "../../../core/contract/errors.ts";
import { Ledger } from "../../../core/engine/ledger.ts";
import { lockFolder } from "../../../core/engine/lock.ts";
import { openLog } from "../../../core/engine/log.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { myxAsAnybody, projectWith } from "../cli/process.ts";

Deno.test("Ledger says what to do where SQLite cannot make its files, as in a folder that is read-only", () => {
  const dir = makeTempDir();
  Ledger.open(dir, () => {}).close();
  // Whoever runs the tests, this cannot be opened for writing.
  Deno.mkdirSync(`${dir}/state.sqlite-wal`);
  for (const open of [() => Ledger.look(dir), () => Ledger.open(dir, () => {})]) {
    const error = assertThrows(
      open,
      MyxError,
      `Cannot open the ledger "${dir}/state.sqlite": SQLite makes files beside it`,
    );
    assertStringIncludes(error.fix!, "copy it with its folder .myx");
    assertStringIncludes(error.fix!, "Free some space if the disk is full"); // SQLite does not tell.
  }
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("Ledger.open() does not take a page that the disk refuses for a damaged one, which would be set aside", () => {
  const dir = makeTempDir();
  Ledger.open(dir, () => {}).close();
  const { prepare } = DatabaseSync.prototype;
  // As SQLite says it of a disk that fails behind the first pages.
  const quick_check = "*** in database main ***\nTree 6 page 6: unable to get the page. error code=8458";
  DatabaseSync.prototype.prepare = function (sql) {
    return /quick_check/.test(sql)
      ? { get: () => ({ quick_check }) } as unknown as StatementSync
      : prepare.call(this, sql);
  };
  try {
    for (const open of [() => Ledger.look(dir), () => Ledger.open(dir, () => {})]) {
      assertThrows(open, MyxError, `Cannot write into the ledger "${dir}/state.sqlite": the disk is full, or fails`);
    }
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name), ["state.sqlite"]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("who may not read a ledger is told so, by status and by archive", async () => {
  const dir = projectWith("small", "export function run() {}\n");
  const ledger = `${dir}/datasets/d/.myx/state.sqlite`;
  Ledger.open(`${dir}/datasets/d/.myx`, () => {}).close();
  Deno.chmodSync(ledger, 0o000);
  for (const command of [["status", "small"], ["archive", "d"]]) {
    const { code, stderr } = await myxAsAnybody(command, dir);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `Cannot open the ledger "${ledger}": you have no right to read it\nAsk its owner`);
  }
});

Deno.test("Ledger.look() finds none where a file stands in the place of a folder", () => {
  const path = Deno.makeTempFileSync();
  const ledger = Ledger.look(`${path}/.myx`);
  assertEquals(ledger.units("a").size, 0);
  ledger.close();
  Deno.removeSync(path);
});

Deno.test("Ledger.transaction() records all of a change or nothing, and what came with it the next time", () => {
  const dir = makeTempDir();
  const unit = { key: "k", code: "c", params: "p", inputs: "{}", outputs: ["o"], metrics: { lines: 1 }, print: "x" };
  // Some file systems number their files with all 64 bits.
  const content = { size: 1, mtimeMs: 2, ctimeMs: -3, inode: 2 ** 63 + 2 ** 40, sha256: "h", seenMs: 4, rows: null };
  const ledger = Ledger.open(dir, () => {});
  ledger.putContent("a/b", { ...content, distinctTs: 5 });
  const change = () => {
    ledger.putUnit("a", unit, "run");
    ledger.retireOutput("a", "o");
    throw new Error("boom");
  };
  assertThrows(() => ledger.transaction(change), Error, "boom");
  assertEquals([ledger.units("a").size, ledger.retired("a").size], [0, 0]);
  ledger.transaction(() => {
    ledger.putUnit("a", unit, "run");
    ledger.retireOutput("a", "o");
  });
  ledger.putContent("a/c", { ...content, rows: 6, distinctTs: 7 });
  ledger.close();
  const looked = Ledger.look(dir);
  assertEquals([looked.units("a"), looked.retired("a")], [new Map([["k", unit]]), new Set(["o"])]);
  assertEquals(
    looked.contents("a"),
    new Map([["a/b", { ...content, distinctTs: 5 }], ["a/c", { ...content, rows: 6, distinctTs: 7 }]]),
  );
  looked.putContent("a/d", { ...content, distinctTs: 8 });
  assertEquals(looked.contents("a").size, 2);
  looked.close();
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("Ledger.open() makes one ledger where several runs begin at the same moment", async () => {
  const code = `import { Ledger } from ${JSON.stringify(import.meta.resolve("../../../core/engine/ledger.ts"))};
    const asides = [];
    for (const [i, dir] of Deno.args.slice(1).entries()) {
      while (Date.now() < Number(Deno.args[0]) + 50 * i);
      Ledger.open(dir, (aside) => asides.push(aside)).close();
    }
    console.log(asides.length);`;
  const dirs = Array.from({ length: 10 }, () => makeTempDir());
  const config = fromFileUrl(new URL("../../../deno.json", import.meta.url));
  const start = String(Date.now() + 1000);
  const runs = Array.from({ length: 4 }, async () => {
    const args = ["run", "-A", "--config", config, `data:text/javascript,${encodeURIComponent(code)}`, start, ...dirs];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  });
  assertEquals(await Promise.all(runs), runs.map(() => "0\n"));
  for (const dir of dirs) Deno.removeSync(dir, { recursive: true });
});

Deno.test("what a run keeps may be written by whoever may write around it, whatever the umask: users of a group share a dataset", async () => {
  const dir = makeTempDir();
  Deno.chmodSync(dir, 0o2775);
  const before = Deno.umask(0o022);
  try {
    const ledger = Ledger.open(`${dir}/.myx`, () => {});
    openLog(dir, (message) => fail(message)).close();
    using _lock = await lockFolder(`${dir}/10_parsed`, { command: "flow small" });
    const modes = [dir, `${dir}/.myx`, `${dir}/.myx/locks`].flatMap((folder) => [
      [folder, Deno.statSync(folder).mode! & 0o777],
      ...[...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => [
        name,
        Deno.statSync(`${folder}/${name}`).mode! & 0o777,
      ]),
    ]);
    ledger.close();
    const sqlite = ["", "-shm", "-wal"].map((suffix) => [`state.sqlite${suffix}`, 0o664]);
    assertEquals(
      new Map(modes as [string, number][]),
      new Map([
        [dir, 0o775],
        ["myx.log", 0o664],
        [`${dir}/.myx`, 0o775],
        [`${dir}/.myx/locks`, 0o775],
        ["10_parsed.lock", 0o664],
        ...sqlite as [string, number][],
      ]),
    );
  } finally {
    Deno.umask(before);
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("Ledger.look() reads one that is older than some of its tables", () => {
  const dir = makeTempDir();
  Ledger.open(dir, () => {}).close();
  const db = new DatabaseSync(`${dir}/state.sqlite`);
  db.exec("DROP TABLE run; DROP TABLE sealed;");
  db.close();
  const ledger = Ledger.look(dir);
  assertEquals([ledger.lastRun("f"), ledger.sealed("a", "x"), ledger.units("a").size], [undefined, undefined, 0]);
  ledger.close();
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("Ledger names its file where that may not be written", () => {
  const dir = makeTempDir();
  Ledger.open(dir, () => {}).close();
  const ledger = Ledger.look(dir);
  assertThrows(
    () => ledger.endRun("r", "success"),
    MyxError,
    `Cannot write into the ledger "${dir}/state.sqlite": it is read-only`,
  );
  ledger.close();
  Deno.removeSync(dir, { recursive: true });
});
