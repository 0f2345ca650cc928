/** A project whose dataset is loaded into the embedded database; made once per test module, and copied. */
import { kvLines, makeProject, type TestProject } from "./project.ts";

/** What the two devices sent, second by second from 2026-01-20T00:00Z: pil-91 has other channels and no temperature. */
export const ROWS = {
  "EXP_pil-90": Array.from(
    { length: 600 },
    (_, i) => [i, { m0: 100 + i % 7, m1: 200 - i % 5, m10: i % 3, outdoor_temp: 10 + (i % 60) / 10 }] as const,
  ),
  "EXP_pil-91": Array.from({ length: 300 }, (_, i) => [i < 150 ? i : i + 120, { m0: 300, m2: i }] as const),
};

export const FLOW = {
  name: "small",
  description: "For a test",
  dataset: "mussels",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    {
      treatment: "aggregate",
      input: "10_parsed",
      output: "40_aggregated",
      params: { windows: ["10s", "60s", "5min"], metrics: ["mean", "std"] },
    },
    { treatment: "to_postgres", input: "40_aggregated", output: "62_postgres", params: { host: "embedded" } },
  ],
};

/** The files of it before anything is computed. */
export const FILES = {
  "flows/small.json": FLOW,
  ...Object.fromEntries(
    Object.entries(ROWS).map(([source, rows]) => [`datasets/mussels/00_raw/${source}_2026-01-20.csv`, kvLines(rows)]),
  ),
};

let template: Promise<TestProject> | undefined;

async function makeTemplate(): Promise<TestProject> {
  const made = makeProject(FILES);
  const { exit_code, steps } = await made.run("small");
  if (exit_code !== 0) throw new Error(JSON.stringify(steps));
  return made;
}

/** A project with a loaded database. */
export async function databaseProject(): Promise<TestProject> {
  const { dir } = await (template ??= makeTemplate());
  const project = makeProject({});
  const { success } = await new Deno.Command("cp", { args: ["-a", `${dir}/.`, project.dir] }).output();
  if (!success) throw new Error("Cannot copy the template");
  return project;
}
