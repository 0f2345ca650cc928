/** What stays of raw files that are gone where one call reads the whole folder. */
import { assertEquals } from "@std/assert";
import type { FlowOptions } from "../../../core/engine/flow.ts";
import { Ledger } from "../../../core/engine/ledger.ts";
import { statusOf } from "../../../core/engine/status.ts";
import { makeProject, treatmentWith } from "../../project.ts";

const WHOLE = `export function run(dir, out) {
  for (const { name } of Deno.readDirSync(dir)) {
    Deno.writeTextFileSync(out + "/" + name, Deno.readTextFileSync(dir + "/" + name));
  }
}`;
const EACH = WHOLE.replace("(dir, out)", "(dir, out, _params, { files })").replace("Deno.readDirSync(dir)", "files");

function makeTwoSteps(input: string) {
  const step = (treatment: string, input: string, output: string) => ({ treatment, input, output });
  const project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [step("whole", input, "10_out"), step("each", "10_out", "20_out")],
    },
    ...treatmentWith("whole", WHOLE),
    ...treatmentWith("each", EACH, { partition: ["file"] }),
    ...Object.fromEntries(["a", "b", "c"].map((name) => [`datasets/d/${input}/${name}.csv`, `${name}\n`])),
  });
  const run = async (options: FlowOptions = {}) => {
    const { exit_code } = await project.run("f", options);
    const lettersOf = (folder: string) => project.list(`datasets/d/${folder}`).map((name) => name[0]).join("");
    return [exit_code, ...["10_out", "20_out"].map(lettersOf)];
  };
  const purge = (...names: string[]) => {
    for (const name of names) project.remove(`datasets/d/${input}/${name}.csv`);
  };
  return { project, run, purge };
}

function openLedger(dir: string): Ledger & Disposable {
  const ledger = Ledger.look(`${dir}/datasets/d/.myx`);
  return Object.assign(ledger, { [Symbol.dispose]: () => ledger.close() });
}

Deno.test("what a call on all raw files made of one stays when that is purged, and goes with replace", async () => {
  const { project, run, purge } = makeTwoSteps("00_raw");
  using _ = project;
  assertEquals(await run(), [0, "abc", "abc"]);
  purge("a");
  assertEquals(await run({ last: true }), [0, "abc", "abc"]);
  const flow = project.resolve("f");
  assertEquals(statusOf(flow).steps.map(({ orphaned }) => orphaned), [["a.csv"], []]);
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
  assertEquals(await run(), [0, "abc", "abc"]);
  purge("b", "c");
  assertEquals(await run({ last: true }), [0, "abc", "abc"]);
  project.remove("datasets/d/10_out/a.csv");
  assertEquals((await run({ last: true })).slice(0, 2), [0, "bc"]);
  assertEquals(statusOf(flow).steps[0]!.orphaned, ["b.csv", "c.csv"]);
  using ledger = openLedger(project.dir);
  assertEquals([...ledger.outputs("10_out").keys()], ["b.csv", "c.csv"], "what a user removes is forgotten");
  assertEquals((await run({ last: true, outputMode: "replace" })).slice(0, 2), [0, ""]);
});

Deno.test("replace of some days leaves what a call on all raw files made of one that is gone where no day is told", async () => {
  const { project, run, purge } = makeTwoSteps("00_raw");
  using _ = project;
  await run();
  purge("a");
  const later = { outputMode: "replace", from: "2026-01-21" } as const;
  assertEquals(await run(later), [0, "abc", "abc"]);
  assertEquals(await run(later), [0, "abc", "abc"]);
  assertEquals(await run({ last: true }), [0, "abc", "abc"]);
  assertEquals(await run({ outputMode: "replace" }), [0, "bc", "bc"]);
});

Deno.test("replace of some days removes what a call on all raw files made of one that is gone on those alone", async () => {
  const dayed = WHOLE.replace('out + "/" + name', 'out + "/s__d__2026-01-2" + name');
  const step = { treatment: "whole", input: "00_raw", output: "10_out" };
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [step] },
    ...treatmentWith("whole", dayed),
    ...Object.fromEntries([0, 1, 2].map((day) => [`datasets/d/00_raw/${day}.csv`, "x\n"])),
  });
  const days = async (options: FlowOptions = {}) => {
    assertEquals((await project.run("f", options)).exit_code, 0);
    return project.list("datasets/d/10_out").map((name) => name.at(-5)).join("");
  };
  assertEquals(await days(), "012");
  for (const day of [0, 1]) project.remove(`datasets/d/00_raw/${day}.csv`);
  assertEquals(await days({ outputMode: "replace", from: "2026-01-21" }), "02");
  assertEquals(await days({ last: true }), "02");
  assertEquals(await days({ outputMode: "replace", to: "2026-01-20" }), "2");
});

Deno.test("what stayed of a purged file is made anew when that comes back, and then goes as any other", async () => {
  const { project, run, purge } = makeTwoSteps("00_raw");
  using _ = project;
  await run();
  purge("a");
  await run({ last: true });
  project.write({ "datasets/d/00_raw/a.csv": "A\n" });
  assertEquals(await run({ last: true }), [0, "abc", "abc"]);
  assertEquals(project.read("datasets/d/20_out/a.csv"), "A\n");
  project.write(treatmentWith("whole", WHOLE.replace("Deno.write", 'if (name > "b") Deno.write')));
  assertEquals(await run({ last: true }), [0, "bc", "bc"]);
});

Deno.test("what a call on a folder of results made of a file goes with that", async () => {
  const { project, run, purge } = makeTwoSteps("05_in");
  using _ = project;
  await run();
  purge("a");
  assertEquals((await run({ last: true })).slice(0, 2), [0, "bc"]);
});
