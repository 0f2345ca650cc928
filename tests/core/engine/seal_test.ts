import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { planFlow } from "../../../core/engine/plan_flow.ts";
import type { FlowReport } from "../../../core/engine/report.ts";
import { statusOf } from "../../../core/engine/status.ts";
import { verifyFlow } from "../../../core/engine/verify.ts";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";

const RAW = "datasets/d/00_raw/s_2026-01-20.csv";
const CLEAN = "datasets/d/20_clean/s__bio_signal__2026-01-20.parquet";

function flow(threshold: number) {
  return {
    name: "f",
    dataset: "d",
    steps: [
      { treatment: "parse", input: "00_raw", output: "10_parsed" },
      {
        treatment: "clean",
        input: "10_parsed",
        output: "20_clean",
        params: { domains: { bio_signal: { spike_threshold: threshold } } },
      },
      { treatment: "copy", input: "20_clean", output: "30_copy" },
    ],
  };
}

const COPY = 'import { readParquet, writeParquet } from "myx";\n' +
  "export function run(_in: string, out: string, _params: object, { files }: { files: { name: string; path: string }[] }) {\n" +
  "  for (const { name, path } of files) writeParquet(`${out}/${name}`, { ...readParquet(path), meta: {} });\n}\n";

function project(): TestProject {
  return makeProject({
    "flows/f.json": flow(100),
    ...treatmentWith("copy", COPY, { input: { format: "parquet" }, output: { format: "parquet" } }),
    [RAW]: kvLines([[0, { m0: 1 }], [1, { m0: 2 }]]) + "no stamp;m0:1\n",
  });
}

function seals({ dir }: TestProject): number {
  const db = new DatabaseSync(`${dir}/datasets/d/.myx/state.sqlite`);
  const { seals } = db.prepare("SELECT count(*) AS seals FROM sealed").get() as { seals: number };
  db.close();
  return seals;
}

function computed({ steps }: FlowReport): number[] {
  return steps.map(({ partitions }) => partitions.computed);
}

/** Rewrites a file with bytes of the same length, and puts its time back. */
function rot({ dir }: TestProject, path: string, change: (bytes: Uint8Array) => void): void {
  const { mtime } = Deno.statSync(`${dir}/${path}`);
  const bytes = Deno.readFileSync(`${dir}/${path}`);
  change(bytes);
  Deno.writeFileSync(`${dir}/${path}`, bytes);
  Deno.utimeSync(`${dir}/${path}`, mtime!, mtime!);
}

const CHANGES: Record<string, [(project: TestProject) => void, number[]]> = {
  "a new raw file": [(p) => p.write({ "datasets/d/00_raw/t.csv": kvLines([[0, { m0: 1 }]]) }), [1, 1, 1]],
  "a raw file with more lines": [
    (p) => Deno.writeTextFileSync(`${p.dir}/${RAW}`, kvLines([[2, { m0: 3 }]]), { append: true }),
    [1, 1, 1],
  ],
  "a raw file corrected in place": [(p) => rot(p, RAW, (bytes) => bytes[bytes.indexOf(0x0a) - 1] = 0x39), [1, 1, 1]],
  "an output that is gone": [(p) => p.remove(CLEAN), [0, 1, 1]],
  "an output damaged in place": [(p) => rot(p, CLEAN, (bytes) => bytes[10]! ^= 1), [0, 1, 1]],
  "rejects that are gone": [(p) => p.remove("datasets/d/10_parsed/_rejects"), [1, 0, 0]],
  "other bounds": [
    (p) => p.write({ "flows/f.json": { ...flow(100), params: { from: "2026-01-20T00:00:01Z" } } }),
    [1, 1, 1],
  ],
  "other params": [(p) => p.write({ "flows/f.json": flow(99) }), [0, 1, 1]],
  "other code": [(p) => p.write({ "treatments/copy/run.ts": `${COPY}// new\n` }), [0, 0, 1]],
};

for (const [what, [change, expected]] of Object.entries(CHANGES)) {
  Deno.test(`a sealed step is looked at again when there is ${what}`, async () => {
    using p = project();
    assertEquals(computed(await p.run("f")), [1, 1, 1]);
    if (what.endsWith("in place")) await new Promise((resolve) => setTimeout(resolve, 3100));
    // Only to the second do we see when a file was written whose time somebody puts back: seal with the true time here.
    const now = what.endsWith("in place") ? Date.now() : Date.now() + 3000;
    assertEquals(computed(await p.run("f", { last: true, now })), [0, 0, 0]);
    assertEquals(seals(p), 3);
    change(p);
    const report = await p.run("f", { last: true });
    assertEquals(computed(report), expected, JSON.stringify(report));
    assertEquals((await p.run("f", { last: true })).status, "up-to-date");
  });
}

Deno.test("a sealed step is reported as one that was looked at", async () => {
  using p = project();
  await p.run("f");
  const report = async (now: number) => {
    const { steps, status } = await p.run("f", { last: true, now });
    return { status, steps: steps.map((step) => ({ ...step, duration_ms: 0 })) };
  };
  // To a clock that stands still, files that have just been written are too young to be sealed.
  const looked = await report(Date.now() - 60_000);
  assertEquals(seals(p), 0);
  const sealing = await report(Date.now() + 3000);
  assertEquals(seals(p), 3);
  const sealed = await report(Date.now() + 3000);
  assertEquals([sealing, sealed], [looked, looked]);
  assert(looked.steps[0]!.raw_files?.length);
});

Deno.test("what changes the ledger breaks the seals: verify finds rot that no time stamp shows", async () => {
  using p = project();
  for (const last of [false, true]) await p.run("f", { last });
  assertEquals(seals(p), 3);
  verifyFlow(p.resolve("f"));
  assertEquals(seals(p), 0);
});

Deno.test("verify leaves the seals of what it finds as it was, and what a seal hides it finds", async () => {
  using p = project();
  await p.run("f");
  await new Promise((resolve) => setTimeout(resolve, 3100));
  await p.run("f", { last: true });
  // The files were young when they were recorded: only now is it known that nobody has changed them since.
  verifyFlow(p.resolve("f"));
  await p.run("f", { last: true });
  assertEquals([seals(p), verifyFlow(p.resolve("f")).faults, seals(p)], [3, [], 3]);
  rot(p, CLEAN, (bytes) => bytes[10]! ^= 1);
  assert(verifyFlow(p.resolve("f")).faults.length > 0);
  assertEquals([seals(p), computed(await p.run("f", { last: true }))], [0, [0, 1, 1]]);
});

Deno.test("status and --dry-run look no closer at sealed steps, and tell what they would tell else", async () => {
  using p = project();
  await p.run("f");
  const [status, plan] = [statusOf(p.resolve("f")).steps, planFlow(p.resolve("f"), { last: true })];
  await new Promise((resolve) => setTimeout(resolve, 3100));
  await p.run("f", { last: true });
  assertEquals(seals(p), 3);
  assertEquals([statusOf(p.resolve("f")).steps, planFlow(p.resolve("f"), { last: true })], [status, plan]);
  const db = new DatabaseSync(`${p.dir}/datasets/d/.myx/state.sqlite`);
  db.exec("UPDATE sealed SET report = json_set(report, '$.partitions', 77)");
  db.close();
  const partitions = () => statusOf(p.resolve("f")).steps.map(({ partitions }) => partitions);
  assertEquals(partitions(), [77, 77, 77]);
  p.write({ "datasets/d/00_raw/t.csv": kvLines([[0, { m0: 1 }]]) });
  assertEquals(partitions(), [2, 77, 77]);
  assertEquals(planFlow(p.resolve("f"), { last: true }), {
    partitions: [{ step: "parse", partition: "t.csv", reason: "new" }],
    going: 0,
    following: ["clean", "copy"],
  });
  p.remove(RAW);
  p.write({ "flows/f.json": flow(99) });
  assertEquals(partitions(), [1, 1, 1]);
});

Deno.test("a pending line keeps its step from being sealed, because time alone makes it ripe", async () => {
  using p = project();
  Deno.writeTextFileSync(`${p.dir}/${RAW}`, "2026-01-20T00:00:09Z;m0:4", { append: true });
  await p.run("f");
  assertEquals(computed(await p.run("f", { last: true })), [0, 0, 0]);
  assertEquals(seals(p), 2);
  assertEquals(computed(await p.run("f", { last: true, now: Date.now() + 3_700_000 })), [1, 1, 1]);
});

Deno.test("a file that no run has made keeps its step from being sealed, because replace removes it", async () => {
  using p = project();
  const stranger = "datasets/d/30_copy/t__bio_signal__2026-01-20.parquet";
  await p.run("f");
  p.write({ [stranger]: "x", "datasets/d/30_copy/notes.txt": "x" });
  await p.run("f", { last: true });
  assertEquals(seals(p), 2);
  await p.run("f", { last: true, outputMode: "replace" });
  assertEquals(p.list("datasets/d/30_copy"), ["notes.txt", "s__bio_signal__2026-01-20.parquet"]);
  await p.run("f", { last: true });
  assertEquals(seals(p), 3);
});

Deno.test("a raw file that is gone keeps its step from being sealed, because replace removes what it made", async () => {
  using p = project();
  p.write({ "datasets/d/00_raw/t.csv": kvLines([[0, { m0: 1 }]]) });
  for (const last of [false, true]) await p.run("f", { last });
  p.remove("datasets/d/00_raw/t.csv");
  for (let time = 0; time < 2; time++) await p.run("f", { last: true });
  assertEquals(p.list("datasets/d/30_copy").length, 2);
  await p.run("f", { last: true, outputMode: "replace" });
  assertEquals(p.list("datasets/d/30_copy"), ["s__bio_signal__2026-01-20.parquet"]);
});

Deno.test("a run of some days seals nothing: others may be stale", async () => {
  using p = project();
  p.write({ [RAW]: kvLines([[0, { m0: 1 }], [86_400, { m0: 2 }]]) });
  await p.run("f");
  p.write({ "flows/f.json": flow(99) });
  const day = { from: "2026-01-20", to: "2026-01-20" };
  for (const expected of [1, 0]) assertEquals(computed(await p.run("f", { last: true, ...day }))[1], expected);
  assertEquals(computed(await p.run("f", { last: true }))[1], 1);
});

Deno.test("--strict looks at a sealed step again, because it may have rejects", async () => {
  using p = project();
  for (const last of [false, true]) await p.run("f", { last });
  assertEquals(seals(p), 3);
  assertEquals((await p.run("f", { last: true, strict: true })).exit_code, 1);
});
