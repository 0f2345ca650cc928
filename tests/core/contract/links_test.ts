import { assertEquals } from "@std/assert";
import { findFlow } from "../../../core/contract/project.ts";
import { resolveFlow } from "../../../core/contract/resolve.ts";
import { problemsOf, tempProject, treatmentFiles } from "./temp_project.ts";

/** The project of a flow whose steps are written `input > output`, with links by path in its dataset. */
function linked(steps: readonly string[], links: Readonly<Record<string, string>>) {
  const project = tempProject({
    ...treatmentFiles("t"),
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: steps.map((text) => {
        const [input, output] = text.split(" > ");
        return { treatment: "t", input, output };
      }),
    },
    "datasets/d/00_raw/x.parquet": "",
    "disk/x.parquet": "",
  });
  for (const [path, target] of Object.entries(links)) Deno.symlinkSync(target, `${project.dir}/datasets/d/${path}`);
  return { project, check: () => resolveFlow(project, findFlow(project, "f"), { now: Temporal.Now.instant() }) };
}

Deno.test("resolveFlow() refuses an output that is by a link what a step reads or writes", () => {
  const d = "datasets/d";
  const cases: [string[], Record<string, string>, string, string][] = [
    [
      ["00_raw > out"],
      { out: "00_raw" },
      `steps[0].output of "flows/f.json": found "out" (string), a link to "${d}/00_raw"`,
      'a folder that does not overlap "00_raw", which step "t" reads',
    ],
    [
      ["00_raw > 1", "1 > 2"],
      { 2: "00_raw/" },
      `steps[1].output of "flows/f.json": found "2" (string), a link to "${d}/00_raw"`,
      'a folder that does not overlap "00_raw", which step "t" reads',
    ],
    [
      ["00_raw > 1", "1 > 2"],
      { 2: "1" },
      `steps[1].output of "flows/f.json": found "2" (string), a link to "${d}/1"`,
      'a folder that does not overlap "1", which step "t-2" reads',
    ],
    [
      ["00_raw > a", "00_raw > b"],
      { a: "b" },
      'steps[1].output of "flows/f.json": found "b" (string)',
      `a folder that does not overlap "a", a link to "${d}/b", which step "t" writes`,
    ],
    [
      ["00_raw > x/y"],
      { x: "00_raw" },
      `steps[0].output of "flows/f.json": found "x/y" (string), a link to "${d}/00_raw/y"`,
      'a folder that does not overlap "00_raw", which step "t" reads',
    ],
    [
      ["old > a"],
      { old: "a/b", "a": "../../disk", "../../disk/b": "../disk" },
      'steps[0].output of "flows/f.json": found "a" (string), a link to "disk"',
      'a folder that does not overlap "old", a link to "disk", which step "t" reads',
    ],
  ];
  for (const [steps, links, found, expected] of cases) {
    const { project, check } = linked(steps, links);
    assertEquals(problemsOf(project, check), [`Cannot use ${found}, expected ${expected}`], steps.join(", "));
  }
});

Deno.test("resolveFlow() takes a link to a folder that no step writes by another name", () => {
  linked(["raw > 1", "1 > 2"], { raw: "00_raw", 1: "../../disk" }).check();
  const { project, check } = linked(["00_raw > 1", "1 > 2"], {});
  Deno.renameSync(`${project.dir}/datasets/d`, `${project.dir}/moved`);
  Deno.symlinkSync("../moved", `${project.dir}/datasets/d`);
  check();
  Deno.removeSync(`${project.dir}/moved/00_raw`, { recursive: true });
  Deno.symlinkSync("../disk", `${project.dir}/moved/00_raw`);
  Deno.symlinkSync("1", `${project.dir}/moved/1`); // Leads nowhere, which is told when it is to be made.
  check();
});
