import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeGuide } from "../../../core/cli/llm_txt.ts";
import { DENO_RUN } from "../../deno_run.ts";
import { makeProject, type TestProject } from "../../project.ts";
import { HOME } from "./process.ts";

const RAW = "datasets/d/00_raw";
const FLOW = { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] };

/** A watch of flow `f` while `meddle` does things to its project; what it told. */
async function watched(project: TestProject, meddle: (until: (text: string) => Promise<void>) => Promise<void>) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "-A", `${HOME}/main.ts`, "watch", "f", "--every", "1", "--project", project.dir],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let told = "";
  let heard = 0;
  const listening = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) told += text;
  })();
  await meddle(async (text) => {
    for (let i = 0; i < 300 && !told.includes(text, heard); i++) await sleep(100);
    heard = told.length;
  });
  child.kill("SIGINT");
  await listening;
  assertEquals((await child.status).code, 130);
  return told;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("watch goes on where its folder goes away for a while, tells it once, and reads what comes back", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a.csv`]: "2026-01-20T00:00:01Z;m0:1\n" });
  const told = await watched(project, async (until) => {
    await until("1 partition computed");
    Deno.renameSync(`${project.dir}/${RAW}`, `${project.dir}/away`);
    await until("does not exist");
    await sleep(2500); // It looks again, in vain.
    project.write({ "away/EXP_b.csv": "2026-01-20T00:00:01Z;m0:1\n" });
    Deno.renameSync(`${project.dir}/away`, `${project.dir}/${RAW}`);
    await until("1 partition computed");
  });
  assertEquals(told.split("does not exist").length, 2);
  assertEquals(project.list("datasets/d/10_parsed"), [
    "EXP_a__bio_signal__2026-01-20.parquet",
    "EXP_b__bio_signal__2026-01-20.parquet",
  ]);
});

Deno.test("watch tells warnings, once as long as they are the same", async () => {
  const line = "2026-01-20T00:00:01Z;m0:1\n";
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a.csv`]: line, [`${RAW}/EXP_b.csv`]: "x;m0:1\n" });
  const told = await watched(project, async (until) => {
    await until("2 partitions computed");
    project.remove(`${RAW}/EXP_a.csv`);
    project.write({ [`${RAW}/EXP_a_2026-01-21.csv`]: line + line.replace("01Z", "02Z") });
    await until("1 partition computed");
    await sleep(2500);
  });
  assertEquals(told.split("Nothing could be used of its 1 line").length, 2, told);
  assertEquals(told.split('"EXP_a__bio_signal__2026-01-20.parquet" is kept as it is').length, 2, told);
});

Deno.test("watch runs the flow as it is now, and tells once where it is not valid for a while", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a.csv`]: "2026-01-20T00:00:01Z;m0:1\n" });
  const clean = { treatment: "clean", input: "10_parsed", output: "20_clean" };
  const flow = project.resolve("f");
  writeGuide(flow, "d", `${project.dir}/datasets/d`);
  const told = await watched(project, async (until) => {
    await until("1 partition computed");
    project.write({ "flows/f.json": "{" });
    await until("Cannot read");
    await sleep(2500);
    project.write({ "flows/f.json": { ...FLOW, steps: [...FLOW.steps, clean] } });
    await until("1 partition computed");
  });
  assertEquals(told.split("Cannot read").length, 2, told);
  assertEquals(project.list("datasets/d/20_clean"), ["EXP_a__bio_signal__2026-01-20.parquet"]);
  assertStringIncludes(project.read("datasets/d/llm.txt"), "- 20_clean: step clean");
});

Deno.test("watch watches the raw files of the flow as it is now, and says so", async () => {
  const line = "2026-01-20T00:00:01Z;m0:1\n";
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a.csv`]: line,
    "datasets/e/00_raw/EXP_a.csv": line,
  });
  const told = await watched(project, async (until) => {
    await until("1 partition computed");
    project.write({ "flows/f.json": { ...FLOW, dataset: "e" } });
    await until("1 partition computed");
  });
  assertEquals(
    [...told.matchAll(/Watching .*datasets\/(.)\/00_raw;/g)].map(([, dataset]) => dataset),
    ["d", "e"],
    told,
  );
});
