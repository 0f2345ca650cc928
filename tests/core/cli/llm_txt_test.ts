import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { parseCommandLine, PROGRAM } from "../../../core/cli/command_line.ts";
import { DENO } from "../../../core/cli/deno_call.ts";
import { formatGuide } from "../../../core/cli/llm_guide.ts";
import { GUIDE, refreshGuide, writeGuide } from "../../../core/cli/llm_txt.ts";
import { findFlow, openProject } from "../../../core/contract/project.ts";
import { type ResolvedFlow, resolveFlow } from "../../../core/contract/resolve.ts";
import { listFolder } from "../../../core/engine/folder.ts";
import { makeProject, treatmentWith } from "../../project.ts";

const FLOW = {
  name: "small",
  description: "For a test",
  dataset: "d",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "clean", input: "10_parsed", output: "20_clean" },
  ],
};

function resolved(dir: string, name = "small"): ResolvedFlow {
  const project = openProject(dir);
  return resolveFlow(project, findFlow(project, name), { dataset: "d", now: Temporal.Now.instant() });
}

Deno.test("writeGuide() follows the flow, and keeps what somebody changed", () => {
  using project = makeProject({ "flows/small.json": FLOW, "datasets/d/00_raw/a.csv": "" });
  const { dir } = project;
  const write = () => writeGuide(resolved(dir), "d", `${dir}/datasets/d`);
  assertEquals([write(), write()], ["wrote", "as it was"]);
  assertStringIncludes(
    project.read("datasets/d/llm.txt"),
    "- 20_clean: step clean, treatment clean, reads 10_parsed\n",
  );
  const steps = [...FLOW.steps, {
    treatment: "resample",
    input: "20_clean",
    output: "25_even",
    params: { freq: "5s" },
  }];
  project.write({ "flows/small.json": { ...FLOW, steps } });
  assertEquals(write(), "wrote");
  assertStringIncludes(
    project.read("datasets/d/llm.txt"),
    "- 25_even: step resample, treatment resample, reads 20_clean\n",
  );
  assertStringIncludes(project.read("datasets/d/llm.txt"), 'freq "5s"');
  const ours = project.read("datasets/d/llm.txt");
  for (const mine of [ours.replace("Never change", "Do change"), `${ours}more`, `more\n${ours}`, "", "mine\n"]) {
    project.write({ "datasets/d/llm.txt": mine });
    assertEquals(write(), "kept");
    assertEquals(project.read("datasets/d/llm.txt"), mine);
  }
  assertEquals(listFolder(`${dir}/datasets/d/00_raw`).map(({ name }) => name), ["a.csv"]);
});

Deno.test("refreshGuide() follows the flow where there is a guide, and makes none", () => {
  using project = makeProject({ "flows/small.json": FLOW, "datasets/d/00_raw/a.csv": "" });
  const { dir } = project;
  refreshGuide(resolved(dir));
  assertEquals(project.list("datasets/d"), []);
  writeGuide(resolved(dir), "d", `${dir}/datasets/d`);
  project.write({ "flows/small.json": { ...FLOW, steps: FLOW.steps.slice(0, 1) } });
  refreshGuide(resolved(dir));
  assert(!project.read("datasets/d/llm.txt").includes("20_clean"));
});

Deno.test("a guide that cannot be read or written is told, and no failure of the run", async () => {
  using project = makeProject({ "flows/small.json": FLOW, "datasets/d/00_raw/a.csv": "1970-01-01T00:00:00Z;m0:1\n" });
  const { dir } = project;
  // Whoever runs the tests, this is no file.
  Deno.mkdirSync(`${dir}/datasets/d/${GUIDE}`);
  assertStringIncludes(refreshGuide(resolved(dir))!, `Left "${dir}/datasets/d/${GUIDE}" as it was: Is a directory`);
  const args = ["run", "-A", "-q", fromFileUrl(new URL("../../../main.ts", import.meta.url)), "flow", "small"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: dir }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  assertStringIncludes(said, `Left "${dir}/datasets/d/${GUIDE}" as it was`);
});

Deno.test("refreshGuide() leaves the guide of another flow alone, as long as there is that flow", () => {
  const other = { ...FLOW, name: "live", steps: [{ ...FLOW.steps[0]!, output: "11_live" }] };
  using project = makeProject({
    "flows/small.json": FLOW,
    "flows/live.json": other,
    "datasets/d/00_raw/a.csv": "",
  });
  const { dir } = project;
  writeGuide(resolved(dir), "d", `${dir}/datasets/d`);
  const ours = project.read("datasets/d/llm.txt");
  refreshGuide(resolved(dir, "live"));
  assertEquals(project.read("datasets/d/llm.txt"), ours);
  Deno.removeSync(`${dir}/flows/small.json`);
  refreshGuide(resolved(dir, "live"));
  assertStringIncludes(project.read("datasets/d/llm.txt"), "- 11_live: step parse");
});

Deno.test("refreshGuide() gives the guide back to the flow called as the dataset: the one that ran last used to have it", () => {
  const live = { ...FLOW, name: "live", steps: [{ ...FLOW.steps[0]!, output: "11_live" }] };
  using project = makeProject({ "flows/d.json": { ...FLOW, name: "d" }, "flows/live.json": live });
  const { dir } = project;
  project.write({ "datasets/d/00_raw/a.csv": "" });
  writeGuide(resolved(dir, "live"), "d", `${dir}/datasets/d`);
  for (const name of ["d", "live"]) {
    refreshGuide(resolved(dir, name));
    assertStringIncludes(project.read("datasets/d/llm.txt"), "- 20_clean: step clean");
  }
});

Deno.test("formatGuide() names every folder and treatment of the built-in flow in their own words, and commands that exist", () => {
  using project = makeProject({});
  const flow = resolved(project.dir, "valvometry_daily");
  const guide = formatGuide(flow, "d");
  for (const { treatment, output } of flow.steps) {
    assertStringIncludes(guide, treatment.description);
    if (treatment.output.format !== "none") assertStringIncludes(guide, `\n- ${output}: `);
  }
  assertStringIncludes(guide, "\n- 00_raw: as it came.");
  const calls = guide.split("\n").flatMap((line) => /^- ([^:]*): /.exec(line)?.[1] ?? []).filter((call) =>
    call.startsWith(DENO)
  );
  assert(calls.length >= 6);
  for (const call of calls) {
    // A copy of a dataset is named by no flow.
    if (/ d /.test(call)) assertStringIncludes(call, "valvometry_daily");
    const words = call.replace(`${PROGRAM} `, "").replace(`${DENO} task `, "");
    parseCommandLine([...words.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word));
  }
});

Deno.test("formatGuide() reads files that fit together: those of one domain there is, and of one window", () => {
  const parse = { domains: { bio_signal: null, water: { columns: ["ph"], dtype: "float" } } };
  const steps = [
    { ...FLOW.steps[0]!, params: parse },
    { treatment: "aggregate", input: "10_parsed", output: "40_means", params: { windows: ["5min", "1h"] } },
    { treatment: "transform", input: "40_means", output: "41_more" },
    { treatment: "pick", input: "41_more", output: "42_picked" },
  ];
  const params = { only: { type: "array", items: { type: "string", format: "window" } } };
  const parquet = { format: "parquet" };
  const pick = treatmentWith("pick", "export function run() {}\n", { params, input: parquet, output: parquet });
  const patterns = [
    "10_parsed/*__water__*",
    "40_means/*__water__*__5min",
    "41_more/*__water__*__5min",
    "42_picked/*__water__*__5min",
  ];
  for (const [i, pattern] of patterns.entries()) {
    using project = makeProject({
      ...pick,
      "flows/small.json": { ...FLOW, steps: steps.slice(0, i + 1) },
      "datasets/d/00_raw/a.csv": "",
    });
    const found = new Set(formatGuide(resolved(project.dir), "d").match(/datasets\/d\/\S*\.parquet/g));
    assertEquals([...found], [`datasets/d/${pattern}.parquet`]);
  }
});

Deno.test("formatGuide() never shows a secret", () => {
  const params = { key: { type: "string", default: "", secret: true }, url: { type: "string", default: "" } };
  const step = {
    treatment: "send",
    input: "00_raw",
    output: "10_out",
    params: { key: "hunter2", url: "https://x/{env:TOKEN}" },
  };
  using project = makeProject({
    ...treatmentWith("send", "export function run() {}\n", { params }),
    "flows/small.json": { ...FLOW, steps: [step] },
  });
  const guide = formatGuide(resolved(project.dir), "d");
  assertStringIncludes(guide, "treatment send");
  assert(!guide.includes("hunter2"), guide);
  assert(!GUIDE.startsWith("."));
});
