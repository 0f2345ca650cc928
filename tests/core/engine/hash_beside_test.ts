import { assertEquals, assertNotEquals } from "@std/assert";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";
import { sha256 } from "../../../core/data/sha256.ts";
import { statFile } from "../../../core/engine/folder.ts";
import { asRead } from "../../../core/engine/hash_inputs.ts";
import type { PlannedUnit } from "../../../core/engine/plan.ts";
import { planFlow } from "../../../core/engine/plan_flow.ts";

const RAW = "datasets/d/00_raw";
const OUT = "datasets/d/10_out";
const lines = (value: number) => kvLines([[0, { m0: value }], [1, { m0: value }]]);

/** A project of one step, with two raw files of a day each. */
function twoFiles(treatment = "parse"): TestProject {
  return makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment, input: "00_raw", output: "10_out" }] },
    [`${RAW}/a_2026-01-20.csv`]: lines(1),
    [`${RAW}/b_2026-01-20.csv`]: lines(1),
  });
}

/** Does something just before the engine itself reads the first raw file. */
function beforeHash(act: () => void): Disposable & { done: boolean } {
  const { openSync } = Deno;
  const hook = { done: false, [Symbol.dispose]: () => void (Deno.openSync = openSync) };
  Deno.openSync = (path, options) => {
    if (!hook.done && String(path).endsWith("/a_2026-01-20.csv")) {
      hook.done = true;
      act();
    }
    return openSync(path, options);
  };
  return hook;
}

Deno.test("code that is not ours is told the hashes of its files, whatever the ledger knows of them", async () => {
  using project = twoFiles("tell");
  project.write(treatmentWith(
    "tell",
    `export function run(_input, output, _params, { files: [{ name, sha256 }] }) {
      Deno.writeTextFileSync(output + "/" + name, sha256);
    }`,
    { partition: ["file"] },
  ));
  for (let run = 0; run < 2; run++) {
    await project.run("f");
    assertEquals(project.read(`${OUT}/a_2026-01-20.csv`), sha256(lines(1)));
  }
});

Deno.test("a new raw file is hashed once its call is made, one that was just written before", async () => {
  for (const [now, started] of [[undefined, true], [Date.now(), false]] as const) {
    using project = twoFiles();
    const { Command } = Deno;
    let called = false;
    let calledBefore: boolean | undefined;
    Deno.Command = class extends Command {
      override spawn(): Deno.ChildProcess {
        const child = super.spawn();
        const { stdin } = child;
        const getWriter = stdin.getWriter.bind(stdin);
        stdin.getWriter = () => {
          const writer = getWriter();
          const write = writer.write.bind(writer);
          writer.write = (chunk) => {
            called ||= new TextDecoder().decode(chunk).includes('"kind":"run"');
            return write(chunk);
          };
          return writer;
        };
        return child;
      }
    };
    try {
      using _ = beforeHash(() => calledBefore = called);
      await project.run("f", { jobs: 1, ...(now === undefined ? {} : { now }) });
    } finally {
      Deno.Command = Command;
    }
    assertEquals(calledBefore, started);
  }
});

Deno.test("a raw file that changes between its reading and its hashing is computed again by the next run", async () => {
  using project = twoFiles();
  using fresh = twoFiles();
  fresh.write({ [`${RAW}/a_2026-01-20.csv`]: lines(2) });
  await fresh.run("f");
  {
    using hook = beforeHash(() => project.write({ [`${RAW}/a_2026-01-20.csv`]: lines(2) }));
    assertEquals([(await project.run("f")).status, hook.done], ["success", true]);
  }
  assertEquals((await project.run("f", { last: true })).steps[0]!.partitions.computed, 1);
  assertEquals(project.hashes(OUT), fresh.hashes(OUT));
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
});

Deno.test("a raw file that is another one for a moment is computed again by the next run", async () => {
  using project = twoFiles();
  const [path, aside] = ["a_2026-01-20.csv", "a.aside"].map((name) => `${project.dir}/${RAW}/${name}`) as [
    string,
    string,
  ];
  await new Promise((resolve) => setTimeout(resolve, 3000)); // Left alone, indeed: only then does a change of its entry show.
  {
    using hook = beforeHash(() => {
      Deno.renameSync(path, aside);
      Deno.renameSync(aside, path);
    });
    await project.run("f", { now: Date.now() });
    assertEquals(hook.done, true);
  }
  const { status, steps } = await project.run("f", { last: true });
  assertNotEquals(status, "up-to-date");
  assertEquals(steps[0]!.partitions.computed, 1);
});

Deno.test("a raw file that goes away before it is hashed fails, and the others go on", async () => {
  using project = twoFiles();
  using hook = beforeHash(() => project.remove(`${RAW}/a_2026-01-20.csv`));
  const { exit_code, steps } = await project.run("f", { jobs: 1 });
  assertEquals([hook.done, exit_code, steps[0]!.partitions.computed], [true, 1, 1]);
  assertEquals(steps[0]!.errors.map(({ partition }) => partition), ["a_2026-01-20.csv"]);
});

Deno.test("a file that is other while it is read and then as before is read again where it is one of many, too", async () => {
  const changed = "datasets/d/in/a.csv";
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "in", output: "10_out" }] },
    // It reads only once the file has changed.
    ...treatmentWith(
      "t",
      `export async function run(input, output, _params, { progress }) {
        const path = input + "/a.csv";
        for (let i = 0; i < 500 && Deno.statSync(path).mtime.getTime() === 0; i++) {
          progress(1, 2);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        Deno.copyFileSync(path, output + "/a.csv");
      }`,
    ),
    [changed]: "1\n",
  });
  Deno.utimeSync(`${project.dir}/${changed}`, 0, 0);
  await project.run("f", {
    onEvent: (event) => {
      if (event.type === "progress" && event.done === 0.5) project.write({ [changed]: "2\n" });
    },
  });
  assertEquals(project.read(`${OUT}/a.csv`), "2\n");
  project.write({ [changed]: "1\n" });
  await project.run("f", { last: true });
  assertEquals(project.read(`${OUT}/a.csv`), "1\n");
});

Deno.test("asRead() knows no content of a file that changed or went away, and that of the others of its partition", () => {
  using project = twoFiles();
  const names = ["a_2026-01-20.csv", "b_2026-01-20.csv"];
  const own = names.map((name) => statFile(`${project.dir}/${RAW}`, name)!);
  const unit = { own, halo: [], contents: { get: () => ({ sha256: "as hashed" }) } } as unknown as PlannedUnit;
  const beside = { ...unit, own: own.slice(0, 1), halo: own.slice(1) };
  const areAsHashed = (it = unit) => names.map((name) => asRead(it).contents.get(name)!.sha256 === "as hashed");
  assertEquals(areAsHashed(), [true, true]);
  project.write({ [`${RAW}/b_2026-01-20.csv`]: lines(1) + lines(2) });
  assertEquals([areAsHashed(), areAsHashed(beside)], [[true, false], [true, false]]);
  project.remove(`${RAW}/b_2026-01-20.csv`);
  assertEquals(areAsHashed(), [true, false]);
});

Deno.test("of many files of a partition the one that changed while it was read is named as the reason", async () => {
  using project = twoFiles("whole");
  project.write(treatmentWith(
    "whole",
    `export async function run(input, output, _params, { progress }) {
      for (let i = 0; i < 500 && Deno.readTextFileSync(input + "/b_2026-01-20.csv").includes("m0:1"); i++) {
        progress(1, 2);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      Deno.writeTextFileSync(output + "/x.csv", "x");
    }`,
  ));
  await project.run("f", {
    onEvent: (event) => {
      if (event.type === "progress" && event.done === 0.5) project.write({ [`${RAW}/b_2026-01-20.csv`]: lines(2) });
    },
  });
  const flow = project.resolve("f");
  const { partitions } = planFlow(flow, { last: true });
  assertEquals(partitions.map(({ reason }) => reason), ["changed input b_2026-01-20.csv"]);
});
