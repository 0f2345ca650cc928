import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { writeArchive } from "../../../core/engine/archive.ts";
import { compareArchive, type Progress } from "../../../core/engine/archive_check.ts";
import { listEntries } from "../../../core/engine/archive_entries.ts";
import { onFaultPoint } from "../../../core/engine/fault_point.ts";
import { MyxError } from "../../../core/contract/errors.ts";
import { archive, heldIn, look, noise, plant, scratch, type Tree, untar } from "./archive_folder.ts";
import { withCutListing } from "../../cut_listing.ts";

const part = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z_][a-z_.]{0,6}$/) },
  fc.constantFrom("ü ber", "日本", "x".repeat(120), "-rf", "a\nb", "'", "10_parsed", ".hidden"),
);
const anyTree = fc.dictionary(
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
  fc.oneof(
    { weight: 4, arbitrary: fc.string({ maxLength: 2000 }) },
    fc.uint8Array({ maxLength: 1500 }).map((bytes) => new Uint8Array(bytes)),
    fc.constantFrom({ link: "/etc/passwd" }, { link: "../nowhere ü" }, { link: "y".repeat(150) }, null),
  ),
  { maxKeys: 8 },
).filter((tree) => {
  const paths = Object.keys(tree);
  return !paths.some((a) => paths.some((b) => b.startsWith(`${a}/`)));
}).map((tree) => tree as Tree);

Deno.test("writeArchive() and the real tar give the same folder back, and equal folders equal bytes", async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, fc.constantFrom(0o600, 0o444, 0o755), async (tree, mode) => {
      const dir = scratch(tree);
      for (const [path, what] of Object.entries(tree)) {
        if (typeof what !== "string") continue;
        Deno.chmodSync(`${dir}/demo/${path}`, mode);
        Deno.utimeSync(`${dir}/demo/${path}`, 1e9, 1.1e9 + path.length);
      }
      const { files, bytes, links } = await archive(dir);
      const kinds = Object.values(tree);
      const content = kinds.filter((what) => typeof what === "string" || what instanceof Uint8Array);
      assertEquals([files, links.length], [
        content.length,
        kinds.filter((what) => typeof what === "object" && what && "link" in what).length,
      ]);
      assertEquals(bytes, content.reduce((sum, what) => sum + new Blob([what as string]).size, 0));
      untar(`${dir}/a.tar.gz`, `${dir}/back`);
      assertEquals(look(`${dir}/back/demo`), look(`${dir}/demo`));
      await archive(dir, "b.tar.gz");
      assertEquals(Deno.readFileSync(`${dir}/a.tar.gz`), Deno.readFileSync(`${dir}/b.tar.gz`));
      assertEquals(await compareArchive(`${dir}/a.tar.gz`, "demo", await heldIn(`${dir}/demo`)), []);
      Deno.removeSync(dir, { recursive: true });
    }),
    { numRuns: 40 },
  );
});

Deno.test("writeArchive() keeps who may open a dataset, and the times of files whose clock was wrong, as the real tar reads them", async () => {
  const times = [-31_536_000, -1, 0, 2 ** 31 - 1, 2 ** 31, 4_102_444_800];
  const dir = scratch(Object.fromEntries(times.map((time) => [`EXP_${time}_${"x".repeat(100)}.csv`, "1"])));
  for (const time of times) Deno.utimeSync(`${dir}/demo/EXP_${time}_${"x".repeat(100)}.csv`, 0, time);
  Deno.chmodSync(`${dir}/demo`, 0o700);
  Deno.utimeSync(`${dir}/demo`, 0, 1e9);
  await archive(dir);
  untar(`${dir}/a.tar.gz`, `${dir}/back`);
  const { mode, mtime } = Deno.statSync(`${dir}/back/demo`);
  assertEquals([mode! & 0o777, mtime!.getTime()], [0o700, 1e12]);
  assertEquals(look(`${dir}/back/demo`), look(`${dir}/demo`));
  assertEquals(await compareArchive(`${dir}/a.tar.gz`, "demo", await heldIn(`${dir}/demo`)), []);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("compareArchive() tells what is other, new or of another kind, and passes over what has gone", async () => {
  const dir = scratch({ a: "1", b: "22", c: "333", d: { link: "a" }, e: { link: "b" }, "f/g": "4", h: null, i: "5" });
  await archive(dir);
  Deno.writeTextFileSync(`${dir}/demo/b`, "2X");
  Deno.writeTextFileSync(`${dir}/demo/c`, "3333");
  for (const gone of ["e", "f", "h", "i"]) Deno.removeSync(`${dir}/demo/${gone}`, { recursive: true });
  plant(`${dir}/demo`, { e: { link: "c" }, f: "4", h: "", new: "" });
  assertEquals(await compareArchive(`${dir}/a.tar.gz`, "demo", await heldIn(`${dir}/demo`)), [
    "b",
    "c",
    "e",
    "f",
    "h",
    "new",
  ]);
  // Below another name it is another dataset's.
  assertEquals((await compareArchive(`${dir}/a.tar.gz`, "domo", await heldIn(`${dir}/demo`))).length, 8);
});

Deno.test("compareArchive() refuses an archive that is cut short or damaged", async () => {
  const dir = scratch({ a: noise(50_000) });
  await archive(dir);
  const bytes = Deno.readFileSync(`${dir}/a.tar.gz`);
  const damaged = bytes.slice();
  damaged[30_000]! ^= 1;
  for (const broken of [bytes.slice(0, 30_000), bytes.slice(0, -1), new Uint8Array(), damaged]) {
    Deno.writeFileSync(`${dir}/b.tar.gz`, broken);
    await assertRejects(
      async () => await compareArchive(`${dir}/b.tar.gz`, "demo", await heldIn(`${dir}/demo`)),
      MyxError,
      "Cannot read the archive",
    );
  }
});

Deno.test("writeArchive() leaves nothing behind where the disk is full, and what was there as it was", async () => {
  const dir = scratch({ a: noise(300_000), ".myx/state.sqlite": "" });
  const before = look(dir);
  for (const point of ["write", "fsync", "rename"] as const) {
    onFaultPoint((at) => {
      if (at === point) throw new Error("No space left on device (os error 28)");
    });
    try {
      await assertRejects(() => archive(dir), MyxError, `Cannot write into "${dir}": the disk is full`);
    } finally {
      onFaultPoint(() => {});
    }
    assertEquals(look(dir), before);
  }
});

Deno.test("writeArchive() never overwrites, and begins what a killed run left anew", async () => {
  const dir = scratch({ a: "1" });
  Deno.mkdirSync(`${dir}/.myx`);
  Deno.writeTextFileSync(`${dir}/.myx/b.tar.gz.part`, "x".repeat(10_000));
  await archive(dir, "b.tar.gz");
  untar(`${dir}/b.tar.gz`, `${dir}/back`);
  Deno.writeTextFileSync(`${dir}/a.tar.gz`, "mine");
  await assertRejects(() => archive(dir), MyxError, "there is a file of that name");
  assertEquals(Deno.readTextFileSync(`${dir}/a.tar.gz`), "mine");
  Deno.mkdirSync(`${dir}/.myx`);
  using held = Deno.openSync(`${dir}/.myx/c.tar.gz.part`, { write: true, create: true });
  held.lockSync(true);
  await assertRejects(() => archive(dir, "c.tar.gz"), MyxError, "another run writes it");
});

Deno.test("writeArchive() tells of a file that went and of a name too long, in words", async () => {
  const dir = scratch({ a: "1", b: "2" });
  const entries = await listEntries(`${dir}/demo`);
  Deno.removeSync(`${dir}/demo/b`);
  await assertRejects(
    () => writeArchive(`${dir}/demo`, "demo", entries, `${dir}/a.tar.gz`),
    MyxError,
    `Cannot archive "${dir}/demo/b": it has just gone`,
  );
  await assertRejects(() => archive(dir, `${"n".repeat(300)}.tar.gz`), MyxError, "its name is too long");
  assert(!look(dir)["/.myx"]);
});

Deno.test("writeArchive() finds what the disk gives back other than it was written", async () => {
  const dir = scratch({ a: noise(300_000) });
  onFaultPoint((at) => {
    if (at !== "fsync") return;
    const bytes = Deno.readFileSync(`${dir}/.myx/a.tar.gz.part`);
    bytes[200_000]! ^= 1;
    Deno.writeFileSync(`${dir}/.myx/a.tar.gz.part`, bytes);
  });
  try {
    await assertRejects(() => archive(dir), MyxError);
  } finally {
    onFaultPoint(() => {});
  }
  assertEquals(Object.keys(look(dir)), ["/demo", "/demo/a"]);
});

Deno.test("listEntries() fails where the disk lists a folder only in part: delete would remove what no archive holds", async () => {
  const dir = scratch({ "00_raw/a.csv": "1", "00_raw/b.csv": "2" });
  await assertRejects(
    () => withCutListing((folder) => folder.endsWith("/00_raw"), () => listEntries(`${dir}/demo`)),
    MyxError,
    `Cannot read folder "${dir}/demo/00_raw": Input/output error (os error 5)`,
  );
});

Deno.test("writeArchive() takes the start of a file that grows, and tells that it did", async () => {
  const dir = scratch({ "00_raw/a.csv": "1\n2\n" });
  const entries = await listEntries(`${dir}/demo`);
  Deno.writeTextFileSync(`${dir}/demo/00_raw/a.csv`, "1\n2\n3\n");
  const { changed } = await writeArchive(`${dir}/demo`, "demo", entries, `${dir}/a.tar.gz`);
  assertEquals(changed, ["00_raw/a.csv"]);
  untar(`${dir}/a.tar.gz`, `${dir}/back`);
  assertEquals(Deno.readTextFileSync(`${dir}/back/demo/00_raw/a.csv`), "1\n2\n");
  Deno.writeTextFileSync(`${dir}/demo/00_raw/a.csv`, "1\n");
  await assertRejects(
    () => writeArchive(`${dir}/demo`, "demo", entries, `${dir}/b.tar.gz`),
    MyxError,
    "it ended 2 bytes early",
  );
  assert(!look(dir)["/.myx"]);
});

Deno.test("writeArchive() leaves out what belongs to a run under way, and refuses what no archive can hold", async () => {
  const dir = scratch({
    ".myx/staging/x/y": "1",
    ".myx/locks/10_parsed.lock": "1",
    ".myx/state/postgres.lock": "1",
    ".myx/state/postgres.wanted": "1",
    ".myx/state/postgres/PG_VERSION": "17",
    "a/.myx/locks/b.lock": "1",
    "a/staging/kept": "1",
  });
  await archive(dir);
  untar(`${dir}/a.tar.gz`, `${dir}/back`);
  const names = Object.keys(look(`${dir}/back/demo`)).sort();
  assertEquals(names, [
    "/.myx",
    "/.myx/state",
    "/.myx/state/postgres",
    "/.myx/state/postgres/PG_VERSION",
    "/a",
    "/a/.myx",
    "/a/staging",
    "/a/staging/kept",
  ]);
  new Deno.Command("mkfifo", { args: [`${dir}/demo/pipe`] }).outputSync();
  const error = await assertRejects(() => archive(dir, "b.tar.gz"), MyxError);
  assertStringIncludes(error.message, 'Cannot archive "pipe" of');
});

Deno.test("writeArchive() and compareArchive() tell a file that cannot be read from an archive that cannot be used", async () => {
  const dir = scratch({ "00_raw/a.csv": "1" });
  const held = await heldIn(`${dir}/demo`);
  await archive(dir, "whole.tar.gz");
  const open = Deno.openSync;
  for (
    const [fault, told] of [
      [new Deno.errors.PermissionDenied("Permission denied (os error 13): open"), "you have no right to"],
      [new Error("Input/output error (os error 5)"), "Input/output error (os error 5)"],
    ] as const
  ) {
    Deno.openSync = (path, options) => {
      if (String(path).endsWith("a.csv")) throw fault;
      return open(path, options);
    };
    try {
      const message = `Cannot read "${dir}/demo/00_raw/a.csv": ${told}`;
      await assertRejects(() => archive(dir), MyxError, message);
      await assertRejects(() => compareArchive(`${dir}/whole.tar.gz`, "demo", held), MyxError, message);
    } finally {
      Deno.openSync = open;
    }
  }
});

Deno.test("writeArchive() says what to do where SQLite cannot copy the ledger, as on a full disk", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  const dir = scratch({ ".myx/x": "" });
  new DatabaseSync(`${dir}/demo/.myx/state.sqlite`).close();
  const { removeSync } = Deno;
  // Whoever runs the tests, this cannot be opened for writing.
  Deno.mkdirSync(`${dir}/demo/.myx/archive.sqlite`);
  Deno.removeSync = (path, options) => void (String(path).endsWith("/archive.sqlite") || removeSync(path, options));
  try {
    const error = await assertRejects(() => archive(dir), MyxError, `Cannot open the ledger "${dir}/demo/.myx/state`);
    assertStringIncludes(error.fix!, "Free some space");
  } finally {
    Deno.removeSync = removeSync;
  }
});

Deno.test("writeArchive() works again after one that a full disk or a kill ended while it copied the ledger", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  const dir = scratch({ ".myx/archive.sqlite": "half", ".myx/archive.sqlite-journal": "half" });
  const db = new DatabaseSync(`${dir}/demo/.myx/state.sqlite`);
  db.exec("CREATE TABLE t (a)");
  db.close();
  await archive(dir);
  untar(`${dir}/a.tar.gz`, `${dir}/back`);
  assertEquals(Object.keys(look(`${dir}/back/demo`)).sort(), ["/.myx", "/.myx/state.sqlite"]);
  assertEquals([...Deno.readDirSync(`${dir}/demo/.myx`)].map(({ name }) => name), ["state.sqlite"]);
});

Deno.test("writeArchive() takes the ledger as it is, with what SQLite keeps beside it, or damaged as it is", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  const dir = scratch({ ".myx/x": "" });
  const db = new DatabaseSync(`${dir}/demo/.myx/state.sqlite`);
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);");
  await archive(dir);
  db.close();
  untar(`${dir}/a.tar.gz`, `${dir}/back`);
  const back = new DatabaseSync(`${dir}/back/demo/.myx/state.sqlite`);
  assertEquals(back.prepare("SELECT count(*) AS n FROM t").get()!.n, 1);
  back.close();
  assertEquals([...Deno.readDirSync(`${dir}/demo/.myx`)].map(({ name }) => name).sort(), ["state.sqlite", "x"]);

  Deno.writeTextFileSync(`${dir}/demo/.myx/state.sqlite`, "x".repeat(5000));
  await archive(dir, "b.tar.gz");
  untar(`${dir}/b.tar.gz`, `${dir}/again`);
  assertEquals(Deno.readTextFileSync(`${dir}/again/demo/.myx/state.sqlite`), "x".repeat(5000));
});

Deno.test("writeArchive() uses no more memory for a big file than for a small one", async () => {
  const dir = scratch({ a: "1" });
  await archive(dir);
  // Memory of this test's own isolate: other tests run beside it in the process.
  const used = () => Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
  const before = used();
  let most = 0;
  Deno.truncateSync(`${dir}/demo/a`, 400 * 2 ** 20);
  await writeArchive(`${dir}/demo`, "demo", await listEntries(`${dir}/demo`), `${dir}/b.tar.gz`, {
    onBytes: () => most = Math.max(most, used()),
  });
  assert(most - before < 300 * 2 ** 20, `${(most - before) / 2 ** 20} MB`);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("an archive is given up soon after Ctrl-C, be it while it is written or while it is read back", async () => {
  const size = 2 ** 28;
  const dir = scratch({ large: "" });
  Deno.truncateSync(`${dir}/demo/large`, size);
  const entries = await listEntries(`${dir}/demo`);
  /** How many bytes `work` deals with although a signal waits to be heard from its first on. */
  const bytesUntilHeard = async (work: (progress: Progress) => Promise<unknown>) => {
    const controller = new AbortController();
    let bytes = 0;
    const onBytes = (count: number) => {
      if (!bytes) setTimeout(() => controller.abort(new Error("Ctrl-C")));
      bytes += count;
    };
    await assertRejects(() => work({ signal: controller.signal, onBytes }), Error, "Ctrl-C");
    return bytes;
  };
  const write = (progress: Progress) => writeArchive(`${dir}/demo`, "demo", entries, `${dir}/a.tar.gz`, progress);
  assert(await bytesUntilHeard(write) < size);
  await archive(dir);
  const compare = async (progress: Progress) =>
    await compareArchive(`${dir}/a.tar.gz`, "demo", await heldIn(`${dir}/demo`), progress);
  assert(await bytesUntilHeard(compare) < size);
  Deno.removeSync(dir, { recursive: true });
});
