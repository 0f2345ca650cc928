import { assert, assertEquals } from "@std/assert";
import { findFlow, openProject } from "../../../core/contract/project.ts";
import { resolveFlow } from "../../../core/contract/resolve.ts";
import { planFlow } from "../../../core/engine/plan_flow.ts";
import { ownTreatment } from "./own_treatment.ts";
import { kvLines, makeProject } from "../../project.ts";

/** The raw files that are opened while `work` is done, in order. */
async function openedRaw(work: (opened: readonly string[]) => unknown): Promise<string[]> {
  const opened: string[] = [];
  const { openSync } = Deno;
  Deno.openSync = (path, options) => {
    if (String(path).includes("/00_raw/")) opened.push(String(path).replace(/.*\//, ""));
    return openSync(path, options);
  };
  try {
    await work(opened);
  } finally {
    Deno.openSync = openSync;
  }
  return opened;
}

Deno.test("years of new raw files are not read before the first of them is computed", async () => {
  const text = (day: number) => kvLines([[day * 86_400, { m0: day }]]);
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    ...ownTreatment("parse", { pack: false }),
    ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((day) => [`datasets/d/00_raw/s_2026-01-${20 + day}.csv`, text(day)])),
  });
  const plan = () => {
    const opened = openProject(project.dir);
    return planFlow(resolveFlow(opened, findFlow(opened, "f"), { now: Temporal.Now.instant() }));
  };
  assertEquals(await openedRaw(() => assertEquals(plan().length, 6)), []);
  // With one child no more than the two calls in flight are read before the first file is done.
  let first = 0;
  const all = await openedRaw(async (now) => {
    await project.run("f", {
      jobs: 1,
      onEvent: ({ type }) => type === "progress" && (first ||= now.length),
    });
  });
  assertEquals([...new Set(all)].length, 6);
  assert(first > 0 && first <= 3, `${first} files were read before the first was done`);
});
