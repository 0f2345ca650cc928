import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UsageError } from "../../../core/contract/errors.ts";
import { findFlow, findTreatment, listFlows, listTreatments, openProject } from "../../../core/contract/project.ts";
import { problemsOf, tempProject, treatmentFiles } from "./temp_project.ts";

const flow = (name: string) => ({ name, steps: [{ treatment: "t", input: "00_raw", output: "x" }] });

Deno.test("openProject() gives real paths and refuses what is no folder", () => {
  const project = tempProject({ "real/a": "", "file": "" });
  Deno.symlinkSync(`${project.dir}/real`, `${project.dir}/link`);
  assertEquals(openProject(`${project.dir}/link`).dir, `${project.dir}/real`);
  assertEquals(project.home, fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, ""));
  const open = (name: string) => problemsOf(project, () => openProject(`${project.dir}/${name}`));
  assertEquals(open("none"), ['Cannot open project "none": no such folder']);
  assertEquals(open("file"), ['Cannot open project "file": it is no folder']);
  const { fix } = assertThrows(() => openProject("my lab"), UsageError, "no such folder");
  assertEquals(fix, "For a new project make it first, with: mkdir -p 'my lab'");
});

Deno.test("findTreatment() takes the project's treatment before the built-in one of its name", () => {
  const own = tempProject(treatmentFiles("simulate"));
  assertEquals(findTreatment(own, "simulate").origin, "project");
  assertEquals(findTreatment(own, "simulate").dir, `${own.dir}/treatments/simulate`);
  const builtIn = findTreatment(tempProject({}), "simulate");
  assertEquals([builtIn.origin, builtIn.dir], ["built-in", `${own.home}/treatments/simulate`]);
  const home = openProject(own.home);
  assertEquals(findTreatment(home, "simulate").origin, "built-in");
});

Deno.test("findTreatment() does not fall back to the built-in one where the project's is broken", () => {
  const project = tempProject({ "treatments/simulate/run.ts": "" });
  assertEquals(problemsOf(project, () => findTreatment(project, "simulate")), [
    'Cannot read "treatments/simulate/treatment.json": no such file',
  ]);
});

Deno.test("findTreatment() takes a path from the base, whatever the folder is called", () => {
  const project = tempProject(treatmentFiles("t", {}, "flows/lib/anything"));
  assertEquals(findTreatment(project, "./lib/anything", `${project.dir}/flows`).origin, "path");
  assertEquals(findTreatment(project, "flows/lib/anything").dir, `${project.dir}/flows/lib/anything`);
  assertEquals(findTreatment(project, `${project.dir}/flows/lib/anything`).name, "t");
  assertEquals(problemsOf(project, () => findTreatment(project, "./lib/anything")), [
    'Cannot find treatment "./lib/anything": expected a folder with treatment.json and run.ts at "lib/anything"',
  ]);
});

Deno.test("findTreatment() reads no other treatment than the one it is asked for", () => {
  const project = tempProject({ ...treatmentFiles("t"), "treatments/broken/treatment.json": "{" });
  assertEquals(findTreatment(project, "t").name, "t");
});

Deno.test("findTreatment() suggests and lists what there is", () => {
  const project = tempProject({ ...treatmentFiles("despike"), "treatments/no_treatment/notes": "" });
  const [line] = problemsOf(project, () => findTreatment(project, "despik"));
  assert(line!.startsWith('Cannot find treatment "despik" (did you mean "despike"?): expected '), line);
  assert(line!.includes('"despike"') && line!.includes('"simulate"') && !line!.includes("no_treatment"), line);
  for (const ref of ["https://host.org/dir/", "git+https://host.org/repo.git@v1#path"]) {
    assertEquals(problemsOf(project, () => findTreatment(project, ref)), [
      `Cannot find treatment "${ref}": expected a URL that myx.lock pins; look at what it asks for and pin it with: ` +
      `deno task add ${ref}`,
    ]);
  }
  // Whoever copies the command runs nothing that somebody else put into a flow.
  const [hostile] = problemsOf(project, () => findTreatment(project, "https://host.org/$(id);it's/"));
  assert(hostile!.endsWith(`deno task add 'https://host.org/$(id);it'"'"'s/'`), hostile);
  for (const ref of ["git+ssh://x", "file:///x", "http://host.org/dir/"]) {
    assertEquals(problemsOf(project, () => findTreatment(project, ref)), [
      `Cannot find treatment "${ref}": expected "https://host/folder/" or "git+https://host/repo.git@REF#folder" ` +
      "(also git+ssh, git+file)",
    ]);
  }
});

Deno.test("findFlow() takes names, paths, and the project's flow first", () => {
  const project = tempProject({ "flows/mine.json": flow("mine"), "other/x.json": flow("y") });
  assertEquals(findFlow(project, "mine").path, `${project.dir}/flows/mine.json`);
  assertEquals(findFlow(project, "other/x.json").name, "y");
  assertEquals(findFlow(project, "x.json", `${project.dir}/other`).name, "y");
  assertEquals(findFlow(project, `${project.dir}/other/x.json`).name, "y");
});

Deno.test("findFlow() says what is wrong and what there is", () => {
  const project = tempProject({ "flows/mine.json": flow("mine"), "flows/b.json": flow("a") });
  const find = (ref: string) => problemsOf(project, () => findFlow(project, ref))[0]!;
  assertEquals(find("b"), 'Cannot use name of "flows/b.json": found "a" (string), expected "b", as the file is called');
  assert(find("mime").startsWith('Cannot find flow "mime" (did you mean "mine"?): expected '), find("mime"));
  assertEquals(find("./no.json"), 'Cannot read "no.json": no such file');
  assertEquals(
    find("https://host.org/a.json"),
    'Cannot find flow "https://host.org/a.json": expected a URL that myx.lock pins; look at what it asks for and pin it ' +
      "with: deno task add https://host.org/a.json",
  );
});

Deno.test("listTreatments() and listFlows() merge the project's with the built-in ones, by name", () => {
  const project = tempProject({
    ...treatmentFiles("simulate"),
    ...treatmentFiles("aaa"),
    "treatments/.hidden/treatment.json": "{}",
    "treatments/notes.md": "",
    "flows/zzz.json": "not even JSON",
    "flows/README.md": "",
  });
  const treatments = listTreatments(project);
  assertEquals(treatments[0], { name: "aaa", origin: "project" });
  assertEquals(treatments.filter(({ origin }) => origin === "project").map(({ name }) => name), ["aaa", "simulate"]);
  assert(treatments.some(({ origin, name }) => origin === "built-in" && name === "clean"));
  assertEquals(treatments.map(({ name }) => name), treatments.map(({ name }) => name).sort());
  assertEquals(listFlows(project).at(-1), { name: "zzz", origin: "project" });
});
