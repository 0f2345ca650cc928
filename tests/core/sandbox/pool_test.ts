import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UsageError } from "../../../core/contract/errors.ts";
import { poolOf } from "./pool_of.ts";

/** Until disposed, no process can be started. */
function noMoreProcesses(error = new Error("Resource temporarily unavailable")): Disposable & { refused: number } {
  const real = Deno.Command;
  const state = {
    refused: 0,
    [Symbol.dispose]: () => void (Deno.Command = real),
  };
  Deno.Command = class {
    constructor() {
      state.refused++;
      throw error;
    }
  } as unknown as typeof Deno.Command;
  return state;
}

Deno.test("calls go on with the children there are when no further one can be started", async () => {
  await using held = poolOf("await new Promise((resolve) => setTimeout(resolve, 500));", 2);
  held.pool.warm();
  held.pool.expect([0, 0, 0]);
  using processes = noMoreProcesses();
  const results = await Promise.allSettled([held.run(), held.run(), held.run()]);
  assertEquals(results.map(({ status }) => status), ["fulfilled", "fulfilled", "fulfilled"]);
  assertEquals(processes.refused > 0, true);
});

Deno.test("a call for which one more child would be worth its start, but cannot be started, waits for those there are", async () => {
  await using held = poolOf("await new Promise((resolve) => setTimeout(resolve, 500));", 2);
  await held.run();
  using processes = noMoreProcesses();
  held.pool.expect([0, 0, 0]);
  const results = await Promise.allSettled([held.run(), held.run()]);
  assertEquals(results.map(({ status }) => status), ["fulfilled", "fulfilled"]);
  assertEquals(processes.refused > 0, true);
});

Deno.test("calls that wait fail when the last child died and no other can be started", async () => {
  await using held = poolOf("Deno.exit(3);", 1);
  held.pool.warm();
  using _processes = noMoreProcesses();
  const results = await Promise.allSettled([held.run(), held.run(), held.run()]);
  const reasons = results.map((result) => result.status === "rejected" ? String(result.reason) : "fulfilled");
  assertMatch(reasons[0]!, /ended with/);
  assertMatch(reasons[1]!, /temporarily unavailable/);
  assertMatch(reasons[2]!, /temporarily unavailable/);
});

Deno.test("a program that is not there is not looked for again by every call", async () => {
  await using held = poolOf("", 1);
  using processes = noMoreProcesses(new Deno.errors.NotFound());
  await assertRejects(() => held.run(), UsageError, 'no "deno"');
  const { refused } = processes;
  await assertRejects(() => held.run(), UsageError, 'no "deno"');
  assertEquals(processes.refused, refused);
});

Deno.test("a child that something ended between two calls is not called again", async () => {
  const { Command } = Deno;
  let child: Deno.ChildProcess | undefined;
  Deno.Command = class extends Command {
    override spawn(): Deno.ChildProcess {
      return child = super.spawn();
    }
  };
  try {
    await using held = poolOf("", 1);
    await held.run();
    child!.kill("SIGKILL");
    await child!.status;
    await held.run();
  } finally {
    Deno.Command = Command;
  }
});

Deno.test("no call leaves a timer behind, however it ends", async () => {
  const { setTimeout: start, clearTimeout: end } = globalThis;
  const running = new Set<unknown>();
  Object.assign(globalThis, {
    setTimeout: (work: () => void, ms: number) => {
      const timer = start(() => {
        running.delete(timer);
        work();
      }, ms);
      running.add(timer);
      return timer;
    },
    clearTimeout: (timer: number) => {
      running.delete(timer);
      end(timer);
    },
  });
  try {
    for (const code of ["", "throw new Error();", "Deno.exit(3);"]) {
      await using held = poolOf(code, 1);
      await held.run().catch(() => {});
      assertEquals([code, running.size], [code, 0]);
    }
  } finally {
    Object.assign(globalThis, { setTimeout: start, clearTimeout: end });
  }
});

Deno.test("several runs of one call write to folders of their own and report apart; progress is that of them all", async () => {
  await using held = poolOf(
    `
    const { source } = context.partition;
    Deno.writeTextFileSync(_out + "/" + source + ".csv", source);
    context.metric(source, 1);
    context.warn("of " + source);
    await new Promise((resolve) => setTimeout(resolve, 250)); // Progress is told now and then.
    context.progress(7, 7);
    `,
    1,
  );
  const progress: number[][] = [];
  const { several, folder } = await held.runSeveral(["a", "b", "c"], (...told) => progress.push(told));
  assertEquals(several, ["a", "b", "c"].map((name) => ({ metrics: { [name]: 1 }, warnings: [`of ${name}`] })));
  const written = (name: string) => [...Deno.readDirSync(`${folder}/${name}`)].map((entry) => entry.name);
  assertEquals(["0", "1", "2"].map(written), [["a.csv"], ["b.csv"], ["c.csv"]]);
  assertEquals(progress, [[1, 3], [2, 3]]);
});

Deno.test("what a call leaves may be cleared away by whoever may write around it: two users of a group share a dataset", async () => {
  await using held = poolOf(`Deno.writeTextFileSync(_out + "/a.csv", "a");`, 1);
  const { folder } = await held.run();
  const around = `${folder}/../..`;
  Deno.chmodSync(`${folder}/..`, 0o2770);
  const [own] = [...Deno.readDirSync(around)].filter(({ name }) => name.startsWith("children-"));
  Deno.chmodSync(`${around}/${own!.name}`, 0o2770);
  const next = await held.run();
  for (const path of [next.folder, `${around}/${own!.name}/0`]) {
    assertEquals(Deno.statSync(path).mode! & 0o7777, 0o2770);
  }
});

Deno.test("several runs of one call fail together where one fails, by what it threw, and no more are made", async () => {
  await using held = poolOf(
    `
    const { source } = context.partition;
    globalThis.ran = (globalThis.ran ?? "") + source;
    if (source === "b") throw new Error("Cannot do " + globalThis.ran);
    `,
    1,
  );
  await assertRejects(() => held.runSeveral(["a", "b", "c"]), Error, "Cannot do ab");
  const { several } = await held.runSeveral(["d"]);
  assertEquals(several.length, 1);
  await assertRejects(() => held.runSeveral(["b"]), Error, "Cannot do abdb");
});

Deno.test("what nobody awaits is waited for in the folder of myx, too, where labs keep treatments of theirs", async () => {
  const write = `(async () => {
    await Deno.readTextFile(new URL("run.ts", import.meta.url));
    await Deno.writeTextFile(_out + "/late.csv", "1");
  })();`;
  await using held = poolOf(write, 1, { ours: true });
  assertEquals(Deno.readTextFileSync(`${(await held.run()).folder}/late.csv`), "1");
  const fail =
    `(async () => { await Deno.readTextFile(new URL("run.ts", import.meta.url)); throw new Error("unseen"); })();`;
  await using failing = poolOf(fail, 1, { ours: true });
  await assertRejects(() => failing.run(), Error, "unseen");
});
