import { assertEquals } from "@std/assert";
import { loadFlow } from "../../../core/contract/flow.ts";
import type { Files } from "../../files.ts";
import { problemsOf, tempProject } from "./temp_project.ts";

const step = { treatment: "t", input: "a", output: "b" };

function problems(overrides: Files): string[] {
  const project = tempProject({ "flows/f.json": { name: "f", steps: [step], ...overrides } });
  return problemsOf(project, () => loadFlow(`${project.dir}/flows/f.json`));
}

Deno.test("loadFlow() reads a flow and fills in params", () => {
  const written = { $schema: "x", name: "f", version: "2", description: "d", dataset: "D", steps: [step] };
  const project = tempProject({ "f.json": written });
  const { $schema: _, ...rest } = written;
  assertEquals(loadFlow(`${project.dir}/f.json`), { ...rest, params: {}, path: `${project.dir}/f.json` });
});

Deno.test("loadFlow() names file, path, found and expected", () => {
  const names = "a name of letters (a-z, A-Z), digits, '.', '_' and '-' that starts with a letter, digit or '_'";
  const cases: [Files, string, string, string][] = [
    [{ name: "a b" }, "name", '"a b" (string)', names],
    [{ dataset: ".hidden" }, "dataset", '".hidden" (string)', names],
    [{ dataset: "../x" }, "dataset", '"../x" (string)', names],
    [{ dataset: null }, "dataset", "null", names],
    [{ params: [] }, "params", "[] (array)", "an object of params"],
    [{ steps: [] }, "steps", "[] (array)", "at least one step"],
    [{ steps: {} }, "steps", "{} (object)", "a list of steps"],
    [{ steps: [step, "clean"] }, "steps[1]", '"clean" (string)', "an object"],
    [{ steps: [{ ...step, output: undefined }] }, "steps[0].output", "nothing", "a folder"],
    [{ steps: [{ ...step, output: "" }] }, "steps[0].output", '"" (string)', "a folder"],
    [
      { steps: [{ ...step, treatment: 1 }] },
      "steps[0].treatment",
      "1 (integer)",
      "the name, path or URL of a treatment",
    ],
    [{ steps: [{ ...step, name: "a/b" }] }, "steps[0].name", '"a/b" (string)', names],
    [{ steps: [{ ...step, version: 1 }] }, "steps[0].version", "1 (integer)", 'a version such as "1" or "1.2.0"'],
    [{ steps: [{ ...step, retries: -1 }] }, "steps[0].retries", "-1 (integer)", "0 or more"],
    [{ steps: [{ ...step, retries: "1" }] }, "steps[0].retries", '"1" (string)', "a whole number"],
    [{ steps: [{ ...step, retry_delay_s: 1e9 }] }, "steps[0].retry_delay_s", "1000000000 (integer)", "at most 86400"],
    [
      { steps: [{ ...step, parms: {} }] },
      "steps[0].parms",
      'unknown key (did you mean "params"?)',
      '"treatment", "input", "output", "name", "params", "version", "retries" or "retry_delay_s"',
    ],
  ];
  for (const [overrides, path, found, expected] of cases) {
    assertEquals(problems(overrides), [
      `Cannot use ${path} of "flows/f.json": found ${found}, expected ${expected}`,
    ]);
  }
});

Deno.test("loadFlow() lists every unknown key and every other problem, and shortens long values", () => {
  const found = problems({ dataset: "x".repeat(500) + "/", one: 1, two: 2, steps: [{ ...step, three: 3 }, 4] });
  assertEquals(found.map((line) => /Cannot use (\S+)/.exec(line)![1]).sort(), [
    "dataset",
    "one",
    "steps[0].three",
    "steps[1]",
    "two",
  ]);
  assertEquals(found.every((line) => line.length < 250), true);
});
