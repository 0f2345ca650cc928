import { assertEquals } from "@std/assert";
import { writeParquet } from "myx";
import { sha256 } from "../../../core/data/sha256.ts";
import { Contents, isCalm } from "../../../core/engine/contents.ts";
import { statFile } from "../../../core/engine/folder.ts";
import type { ContentRecord, Ledger } from "../../../core/engine/ledger.ts";
import { makeTempDir } from "../../temp_dir.ts";

const dir = makeTempDir();
Deno.writeTextFileSync(`${dir}/a.csv`, "1\n");
const file = statFile(dir, "a.csv")!;
const HASH = sha256("1\n");

/** The contents of a dataset whose ledger has `record` of the file, and what is recorded from now on. */
function contentsWith(record: Partial<ContentRecord>, options?: { reread: boolean }) {
  const known = { ...file, sha256: "recorded", seenMs: file.ctimeMs + 10_000, rows: null, distinctTs: null, ...record };
  const put: string[] = [];
  const ledger = { contents: () => new Map([[file.path, known]]), putContent: (path: string) => put.push(path) };
  const contents = new Contents(ledger as unknown as Ledger, options);
  contents.load(dir);
  return { contents, put };
}

Deno.test("Contents believes the ledger of a file that looks as it did, long after it had been touched", () => {
  const { contents, put } = contentsWith({});
  assertEquals([contents.of(file).sha256, put], ["recorded", []]);
});

Deno.test("Contents reads a file, once, that may not be what the ledger knows", () => {
  for (
    const [record, options] of [
      [{ size: 3 }],
      [{ mtimeMs: file.mtimeMs - 1 }],
      [{ ctimeMs: file.ctimeMs - 1000 }],
      [{ inode: file.inode + 1 }],
      [{ seenMs: Math.max(file.mtimeMs, file.ctimeMs) + 2000 }],
      [{}, { reread: true }],
    ] as [Partial<ContentRecord>, { reread: boolean }?][]
  ) {
    const { contents, put } = contentsWith(record, options);
    assertEquals([contents.of(file).sha256, put], [HASH, [file.path]]);
    contents.load(dir);
    assertEquals([contents.of(file).sha256, put], [HASH, [file.path]]);
  }
});

Deno.test("Contents reads a file anew where it is to, and does not record once more what it finds as it was", () => {
  const { contents, put } = contentsWith({ sha256: HASH, rows: 7 }, { reread: true });
  assertEquals([contents.of(file).rows, contents.of(file).sha256, put], [7, HASH, []]);
  // As long as the file was young when it was recorded, each look at it costs another reading.
  const young = contentsWith({ sha256: HASH, seenMs: Math.max(file.mtimeMs, file.ctimeMs) }, { reread: true });
  assertEquals([young.contents.of(file).sha256, young.put], [HASH, [file.path]]);
});

Deno.test("Contents counts the rows of a file anew where its bytes are others", () => {
  writeParquet(`${dir}/b.parquet`, { ts: new Float64Array([1, 2, 2]), columns: [] });
  const parquet = statFile(dir, "b.parquet")!;
  const known = { ...parquet, mtimeMs: 0, sha256: "of other bytes", seenMs: 0, rows: 9, distinctTs: 8 };
  const ledger = { contents: () => new Map([[parquet.path, known]]), putContent: () => {} };
  const contents = new Contents(ledger as unknown as Ledger);
  contents.load(dir);
  const { rows, distinctTs } = contents.of(parquet);
  assertEquals([rows, distinctTs], [3, 2]);
});

Deno.test("Contents does not take back what this run has written itself for what the ledger knows", () => {
  const ledger = { contents: () => new Map([[file.path, { sha256: "recorded" }]]), putContent: () => {} };
  const contents = new Contents(ledger as unknown as Ledger);
  contents.put(file.path, { ...file, sha256: "written", seenMs: 0, rows: null, distinctTs: null });
  contents.load(dir);
  assertEquals(contents.of(file).sha256, "written");
});

Deno.test("Contents asks the ledger again for a folder that it has let go of, and for no other", () => {
  const asked: string[] = [];
  const of = (path: string) => ({ ...file, path, name: "a.csv" });
  const known = (path: string) => ({
    ...file,
    sha256: `of ${path}`,
    seenMs: file.ctimeMs + 10_000,
    rows: null,
    distinctTs: null,
  });
  const paths = ["/d/x/a.csv", "/d/x/y/a.csv", "/d/xy/a.csv"];
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/"));
  const ledger = {
    contents(folder: string) {
      asked.push(folder);
      return new Map(paths.filter((path) => folderOf(path) === folder).map((path) => [path, known(path)]));
    },
    putContent: () => {},
  };
  const contents = new Contents(ledger as unknown as Ledger);
  const load = () => {
    for (const path of paths) contents.load(folderOf(path));
    assertEquals(paths.map((path) => contents.of(of(path)).sha256), paths.map((path) => `of ${path}`));
    return asked.splice(0);
  };
  assertEquals([load(), load()], [paths.map(folderOf), []]);
  contents.forget("/d/x");
  assertEquals(load(), ["/d/x"]);
});

Deno.test("isCalm() doubts a file that either time stamp tells to be young, and one of the future", () => {
  const calm = (mtimeMs: number, ctimeMs: number) => isCalm({ size: 0, inode: 0, mtimeMs, ctimeMs }, 10_000);
  assertEquals([calm(7999, 7999), calm(8000, 7000), calm(7000, 8000), calm(20_000, 0), calm(0, 20_000)], [
    true,
    false,
    false,
    false,
    false,
  ]);
});
