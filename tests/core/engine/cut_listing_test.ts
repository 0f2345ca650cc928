import { assertEquals, assertMatch } from "@std/assert";
import { withCutListing } from "../../cut_listing.ts";
import { kvLines, makeProject } from "../../project.ts";

Deno.test("what the disk lists only in part is not taken for gone: with replace its results would be removed", async () => {
  const step = (treatment: string, input: string, output: string) => ({ treatment, input, output });
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [step("parse", "00_raw", "10_parsed"), step("clean", "10_parsed", "20_clean")],
    },
    "datasets/d/00_raw/EXP_a_1970-01-01.csv": kvLines([[0, { m0: 1 }]]),
    "datasets/d/00_raw/EXP_b_1970-01-01.csv": kvLines([[0, { m0: 2 }]]),
  });
  await project.run("f");
  const before = project.hashes("datasets/d/10_parsed", "datasets/d/20_clean");
  assertEquals(Object.keys(before).length, 4);
  for (const [at, folder] of ["00_raw", "10_parsed"].entries()) {
    const isCut = (path: string) => path.endsWith(`/${folder}`);
    const report = await withCutListing(isCut, () => project.run("f", { last: true, outputMode: "replace" }));
    assertEquals(report.exit_code, 1);
    const [error] = report.steps[at]!.errors;
    assertMatch(error!.message, new RegExp(`Cannot read folder ".*${folder}": Input/output error`));
    assertEquals(project.hashes("datasets/d/10_parsed", "datasets/d/20_clean"), before);
    assertEquals((await project.run("f", { last: true, outputMode: "replace" })).status, "up-to-date");
  }
});

Deno.test("rejects that the disk lists only in part are not taken for none: those of an earlier run would stay", async () => {
  const raw = (name: string) => `datasets/d/00_raw/${name}_1970-01-01.csv`;
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    ...Object.fromEntries(["a", "b"].map((name) => [raw(name), "broken\n1970-01-01T00:00:00Z;m0:1\n"])),
  });
  await project.run("f");
  project.write(Object.fromEntries(["a", "b"].map((name) => [raw(name), "1970-01-01T00:00:00Z;m0:1\n"])));
  const isCut = (path: string) => path.endsWith("/10_parsed/_rejects");
  assertEquals((await withCutListing(isCut, () => project.run("f", { last: true }))).exit_code, 1);
  assertEquals((await project.run("f", { last: true })).exit_code, 0);
  assertEquals(project.list("datasets/d/10_parsed/_rejects"), []);
});
