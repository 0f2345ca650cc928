import { assertEquals } from "@std/assert";
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
