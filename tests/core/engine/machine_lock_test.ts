import { assertEquals, assertRejects } from "@std/assert";
import { lockFolder } from "../../../core/engine/lock.ts";
import { lockMachine } from "../../../core/engine/machine_lock.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("lockMachine() lets runs of one machine share a dataset and keeps those of others out", async () => {
  const state = `${makeTempDir()}/.myx`;
  const first = await lockMachine(state, "gateway", { command: "one" });
  const second = await lockMachine(state, "gateway", { command: "two" });
  const refused = await assertRejects(() => lockMachine(state, "server", { command: "three" }), Error, "(two)");
  assertEquals((refused as { exitCode?: number }).exitCode, 3);
  first.close();
  const told: string[] = [];
  const other = lockMachine(state, "server", { command: "three", wait: true, onWait: (text) => told.push(text) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(told.map((text) => text.endsWith("; waiting for it")), [true]);
  second.close();
  const held = await other;
  await assertRejects(() => lockMachine(state, "gateway", { command: "four" }), Error, "(three)");
  const stop = AbortSignal.abort();
  await assertRejects(
    () => lockMachine(state, "gateway", { command: "five", wait: true, signal: stop }),
    Error,
    "Interrupted",
  );
  held.close();
  (await lockMachine(state, "gateway", { command: "six", wait: true })).close();
});

Deno.test("lockMachine() never lets two machines in at once, however they meet", async () => {
  const state = `${makeTempDir()}/.myx`;
  const inside = new Set<string>();
  await Promise.all(["a", "b", "c"].map(async (host) => {
    const lock = await lockMachine(state, host, { command: host, wait: true });
    inside.add(host);
    assertEquals([...inside], [host]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside.delete(host);
    lock.close();
  }));
});

Deno.test("lockMachine() takes no folder for a machine, whatever it is called", async () => {
  const root = makeTempDir();
  using _folder = await lockFolder(`${root}/machine-learning`, { command: "flow a" });
  using _machine = await lockMachine(`${root}/.myx`, "gateway", { command: "flow b" });
  const refused = () => lockFolder(`${root}/machine-learning`, { command: "flow b" });
  await assertRejects(refused, Error, `Cannot write "${root}/machine-learning"`);
  using _own = await lockFolder(`${root}/machine-gateway`, { command: "flow b" });
});
