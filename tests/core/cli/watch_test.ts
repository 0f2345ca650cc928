import { assertEquals, assertStringIncludes } from "@std/assert";
import { DENO_RUN } from "../../deno_run.ts";
import { makeProject } from "../../project.ts";
import { HOME } from "./process.ts";

const RAW = "datasets/d/00_raw";
const STEPS = [{ treatment: "parse", input: "00_raw", output: "10_parsed" }];

Deno.test("watch goes on where its folder goes away for a while, tells it once, and reads what comes back", async () => {
  using project = makeProject({
    "flows/f.json": JSON.stringify({ name: "f", dataset: "d", steps: STEPS }),
    [`${RAW}/EXP_a.csv`]: "2026-01-20T00:00:01Z;m0:1\n",
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "-A", `${HOME}/main.ts`, "watch", "f", "--every", "1", "--project", project.dir],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let told = "";
  const listening = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) told += text;
  })();
  const until = async (condition: () => boolean) => {
    for (let i = 0; i < 300 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await until(() => told.includes("1 partition computed"));
  Deno.renameSync(`${project.dir}/${RAW}`, `${project.dir}/away`);
  await until(() => told.includes("does not exist"));
  await new Promise((resolve) => setTimeout(resolve, 2500)); // It looks again, in vain.
  project.write({ "away/EXP_b.csv": "2026-01-20T00:00:01Z;m0:1\n" });
  Deno.renameSync(`${project.dir}/away`, `${project.dir}/${RAW}`);
  await until(() => project.list("datasets/d/10_parsed").length > 1);
  child.kill("SIGINT");
  await listening;
  assertEquals((await child.status).code, 130);
  assertEquals(told.split("does not exist").length, 2);
  assertStringIncludes(told, "computed");
  assertEquals(project.list("datasets/d/10_parsed"), [
    "EXP_a__bio_signal__2026-01-20.parquet",
    "EXP_b__bio_signal__2026-01-20.parquet",
  ]);
});
