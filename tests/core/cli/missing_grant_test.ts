import { assertEquals, assertStringIncludes } from "@std/assert";
import { denoCommand, projectGrants } from "../../../core/cli/grants.ts";
import { quoteWords } from "../../../core/contract/quote_words.ts";
import { makeProject } from "../../project.ts";
import { HOME } from "./process.ts";

Deno.test("the command for a dataset that is a link to another disk, or whose folders are, has all that it needs", async () => {
  const steps = [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "clean", input: "10_parsed", output: "20_clean" },
  ];
  const raw = "2026-01-20T00:00:01Z;m0:1\n";
  using project = makeProject({ "flows/f.json": { name: "f", steps }, "datasets/folders/llm.txt": "" });
  using disk = makeProject({ "whole/00_raw/EXP_a.csv": raw, "raw/EXP_a.csv": raw, "parsed/x": "", "clean/x": "" });
  for (const folder of ["parsed", "clean"]) disk.remove(`${folder}/x`);
  const link = (to: string, path: string) => Deno.symlinkSync(`${disk.dir}/${to}`, `${project.dir}/datasets/${path}`);
  link("whole", "whole");
  link("raw", "folders/00_raw");
  link("parsed", "folders/10_parsed");
  link("clean", "folders/20_clean");

  /** Runs Deno with words as a shell reads them. */
  const run = async (words: string) => {
    const args = ["-c", `"$0" ${words}`, Deno.execPath()];
    const options = { args, cwd: project.dir, env: { NO_COLOR: "1", INIT_CWD: project.dir } };
    const { code, stderr } = await new Deno.Command("sh", options).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  for (const dataset of ["whole", "folders"]) {
    const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
    const refused = await run(`${quoteWords(words)} flow f --dataset ${dataset}`);
    assertEquals(refused.code, 2, refused.stderr);
    assertStringIncludes(refused.stderr, "This command has it:");
    const [, command = ""] = /^ {2}(?:npx --yes )?deno (.*)$/m.exec(refused.stderr) ?? [];
    const { code, stderr } = await run(command);
    assertEquals(code, 0, stderr);
  }
  assertEquals(disk.list("clean"), disk.list("whole/20_clean"));
});
