import { dirname } from "node:path";
import { assertEquals, assertRejects } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { lockFolder } from "../../../core/engine/lock.ts";
import { lockDataset } from "../../../core/engine/lock_dataset.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("lockDataset() with wait also waits for a run that began while it waited for another", async () => {
  const root = makeTempDir("myx-lock-");
  const command = "flow small";
  const first = await lockFolder(`${root}/10_parsed`, { command });
  const told: string[] = [];
  let locked = false;
  const waiting = lockDataset(root, { command: "archive", wait: true, onWait: (text) => told.push(text) });
  const done = waiting.then((locks) => {
    locked = true;
    return locks;
  });
  while (!told.length) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await lockFolder(`${root}/20_clean`, { command });
  first.close();
  for (let i = 0; i < 10 && told.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals([locked, told.map((text) => text.endsWith("; waiting for it"))], [false, [true, true]]);
  second.close();
  (await done)[Symbol.dispose]();
  using _again = await lockFolder(`${root}/20_clean`, { command });
  Deno.removeSync(root, { recursive: true });
});

Deno.test("lockDataset() locks folders of any name once, and so again", async () => {
  const root = `${makeTempDir("myx-lock-")}/données`;
  for (const name of ["mes données", "x".repeat(120), "machine-learning", "_machine-learning", "10_parsed"]) {
    Deno.mkdirSync(`${root}/${name}`, { recursive: true });
  }
  for (const run of [`${root}/mes données`, root]) (await lockFolder(run, { command: "flow small" })).close();
  const lockAll = () => lockDataset(root, { command: "archive" });
  for (let time = 0; time < 2; time++) {
    using _locks = await lockAll();
    for (const folder of [root, `${root}/mes données`, `${root}/${"x".repeat(120)}`]) {
      await assertRejects(() => lockFolder(folder, { command: "flow small" }), MyxError, "(archive)");
    }
  }
  Deno.removeSync(dirname(root), { recursive: true });
});
