/** What the binary tells people: it has no tasks, no permissions to add, and no files that others could open. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { bashCompletions } from "../../../core/cli/completions_bash.ts";
import { fishCompletions } from "../../../core/cli/completions_fish.ts";
import { zshCompletions } from "../../../core/cli/completions_zsh.ts";
import { actStandalone } from "../../../core/standalone/self.ts";
import { isThere } from "../../../core/contract/project.ts";
import { treatmentWith } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { makeBinaryProject } from "./binary_project.ts";

Deno.test("the binary's hints call it by its name", async () => {
  using project = makeBinaryProject({});
  const { code, said } = await project.myx(["init", "mussels"]);
  assertEquals(code, 0, said);
  assertStringIncludes(said, "myx flow mussels");
  assertStringIncludes(said, "myx status mussels");
  const slip = await project.myx(["flwo"]);
  assertStringIncludes(slip.said, 'See "myx --help"');
  const guide = project.read("datasets/mussels/llm.txt");
  assertStringIncludes(guide, "- myx verify mussels --flow mussels: ");
  assertStringIncludes(guide, "- myx flow mussels --dataset mussels --last: ");
  const scripts = [bashCompletions, zshCompletions, fishCompletions].map((script) => {
    using _ = actStandalone([]);
    return script(COMMANDS);
  });
  for (const text of [said, slip.said, guide, ...scripts]) assert(!/deno/.test(text), text);
});

Deno.test("the binary's help, lists and guides call it by its name", async () => {
  using project = makeBinaryProject({ "flows/broken.json": "{}" });
  await project.myx(["init", "mussels"]);
  const guide = project.read("datasets/mussels/llm.txt");
  assertStringIncludes(guide, "\n- myx flow mussels --dataset mussels --last: ");
  const [overview, help, list] = await Promise.all(
    [["help"], ["help", "flow"], ["list", "flows"]].map((args) => project.myx(args)),
  );
  assertStringIncludes(overview!.printed, "Usage: myx COMMAND");
  assertStringIncludes(help!.printed, "Usage: myx flow");
  assertStringIncludes(list!.printed, '(not valid: see "myx check")');
  for (const text of [guide, overview!.printed, help!.printed, list!.printed]) assert(!/deno task/.test(text), text);
});

Deno.test("the binary's init and new write nothing that only a deno on disk could use", async () => {
  using project = makeBinaryProject({});
  await project.myx(["init", "mussels"]);
  assertEquals(project.list("."), []);
  const flow = JSON.parse(project.read("flows/mussels.json"));
  assertEquals([flow.$schema, flow.name], [undefined, "mussels"]);
  await project.myx(["new", "mine"]);
  const treatment = JSON.parse(project.read("treatments/mine/treatment.json"));
  assertEquals([treatment.$schema, treatment.name], [undefined, "mine"]);
});

Deno.test("the binary says that it fetches nothing from elsewhere where there is no deno", async () => {
  using project = makeBinaryProject(treatmentWith("theirs", "export function run() {}"));
  const git = (...args: string[]) =>
    new Deno.Command("git", {
      args: ["-C", `${project.dir}/treatments/theirs`, "-c", "user.name=n", "-c", "user.email=n@n", ...args],
    }).outputSync();
  for (const words of [["init", "-b", "main"], ["add", "."], ["commit", "-m", "one"]]) assert(git(...words).success);
  const bin = makeTempDir();
  const [path] = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => isThere(`${folder}/git`, "isFile"));
  Deno.symlinkSync(`${path}/git`, `${bin}/git`);
  const url = `git+file://${project.dir}/treatments/theirs@main`;
  const { code, said } = await project.myx(["add", "--yes", url], { PATH: bin });
  assertEquals(code, 1);
  assertStringIncludes(said, 'Cannot fetch: what comes from elsewhere needs a "deno" on the PATH, and there is none');
  assert(!/--debug/.test(said), said);
});

Deno.test("the binary says that it is held to its folder, and how to work with that", async () => {
  using project = makeBinaryProject({});
  const { code, said } = await project.myx(["describe", "/etc"]);
  assertEquals(code, 2);
  assertStringIncludes(said, 'Cannot read "/etc": this program may only touch the folder that it is started in');
  assertStringIncludes(said, "a link out of it does not do, but a disk may be mounted in it");
  assert(!/deno run/.test(said), said);
  const out = await project.myx(["run", "simulate", "--output", "out"]);
  assertEquals(out.code, 2);
  assertStringIncludes(out.said, 'out": this program may only write into datasets, flows, treatments and .myx of the');
});
