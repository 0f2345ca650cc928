import { assertEquals } from "@std/assert";
import { Contents } from "../../../core/engine/contents.ts";
import { Ledger } from "../../../core/engine/ledger.ts";
import { Copies } from "../../../core/engine/copies.ts";
import { publishFiles } from "../../../core/engine/publish.ts";
import { makeTempDir } from "../../temp_dir.ts";

/** Staged CSV files, and the folder to publish them in. */
function staged(count: number) {
  const dir = makeTempDir();
  for (const folder of ["staged", "out"]) Deno.mkdirSync(`${dir}/${folder}`);
  const files = new Map(
    Array.from({ length: count }, (_, i) => [`${i}.csv`, { path: `${dir}/staged/${i}.csv`, size: 4 }]),
  );
  for (const { path } of files.values()) Deno.writeTextFileSync(path, "1;2\n");
  return { dir, files, out: `${dir}/out` };
}

Deno.test("no more copies are made ahead at once than a process may have open, and none is missing in the end", async () => {
  const { dir, files, out } = staged(40);
  const disk = Promise.withResolvers<void>();
  const { sync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.sync = async function () {
    await disk.promise;
    await sync.call(this);
  };
  try {
    await using copies = new Copies(out);
    for (const [name, file] of files) copies.begin(name, file);
    assertEquals([...Deno.readDirSync(out)].length, 8);
    disk.resolve();
    using ledger = disposable(Ledger.open(`${dir}/.myx`, () => {}));
    const published = await publishFiles(out, files, new Contents(ledger.ledger), copies);
    assertEquals(published.map(({ name }) => name), [...files.keys()]);
  } finally {
    Deno.FsFile.prototype.sync = sync;
  }
  assertEquals([...Deno.readDirSync(out)].map(({ name }) => name).sort(), [...files.keys()].sort());
});

Deno.test("a copy that failed ahead is made again when its file is published", async () => {
  const { dir, files, out } = staged(1);
  const { openSync } = Deno;
  let failed = false;
  Deno.openSync = (path, options) => {
    if (options?.createNew && !failed) {
      failed = true;
      throw new Error("No space left on device (os error 28)");
    }
    return openSync(path, options);
  };
  try {
    await using copies = new Copies(out);
    for (const [name, file] of files) copies.begin(name, file);
    using ledger = disposable(Ledger.open(`${dir}/.myx`, () => {}));
    const published = await publishFiles(out, files, new Contents(ledger.ledger), copies);
    assertEquals([failed, published.map(({ name, rows }) => [name, rows])], [true, [["0.csv", 1]]]);
  } finally {
    Deno.openSync = openSync;
  }
});

function disposable(ledger: Ledger) {
  return { ledger, [Symbol.dispose]: () => ledger.close() };
}
