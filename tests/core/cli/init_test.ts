import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseCommandLine } from "../../../core/cli/command_line.ts";
import { run as init } from "../../../core/cli/init.ts";
import { run as makeTreatment } from "../../../core/cli/new.ts";
import { MyxError, UsageError } from "../../../core/contract/errors.ts";
import { onFullDisk } from "../../full_disk.ts";
import { makeTempDir } from "../../temp_dir.ts";

const HANDLERS = { init, new: makeTreatment };

/** Both write before they first wait for anything, where nothing is to be copied. */
async function myx(dir: string, command: "init" | "new", ...args: string[]): Promise<void> {
  await HANDLERS[command](parseCommandLine([command, ...args, "--project", dir]));
}

/** Paths of all files below a folder. */
function filesIn(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${dir}/${name}`).map((path) => `${name}/${path}`) : [name]
  ).sort();
}

Deno.test("init and new leave no part of a file on a full disk, and make what is missing once there is room", async () => {
  const [whole, cut] = [makeTempDir(), makeTempDir()];
  const own = '{ "tasks": { "mine": "echo" } }\n';
  for (const dir of [whole, cut]) Deno.writeTextFileSync(`${dir}/deno.json`, own);
  await myx(whole, "init", "b");
  await myx(whole, "new", "mine");
  const files = filesIn(whole);
  const read = (dir: string, path: string) => Deno.readTextFileSync(`${dir}/${path}`);
  const refuse = async (room: number, command: "init" | "new", name: string) => {
    let made: Promise<void> | undefined;
    onFullDisk(room, () => made = myx(cut, command, name));
    await assertRejects(() => made!, MyxError, "the disk is full");
  };

  await refuse(10, "init", "b");
  assertEquals(filesIn(cut), ["deno.json"]);
  await refuse(read(whole, "flows/b.json").length + 10, "init", "b");
  assertEquals([filesIn(cut), read(cut, "deno.json")], [["deno.json", "flows/b.json"], own]);
  await refuse(read(whole, "deno.json").length + 10, "init", "b");
  assertEquals(filesIn(cut), ["deno.json", "flows/b.json"]);
  await refuse(read(whole, "treatments/mine/treatment.json").length + 10, "new", "mine");
  assertEquals(filesIn(cut), ["deno.json", "flows/b.json"]);

  await myx(cut, "init", "b");
  await myx(cut, "new", "mine");
  assertEquals(filesIn(cut), files);
  for (const path of files) assertEquals(read(cut, path), read(whole, path));
  for (const dir of [whole, cut]) Deno.removeSync(dir, { recursive: true });
});

Deno.test("init and new say what is in the way of what they would make", async () => {
  const dir = makeTempDir();
  const long = "n".repeat(300);
  Deno.mkdirSync(`${dir}/datasets`);
  Deno.writeTextFileSync(`${dir}/datasets/file`, "");
  Deno.symlinkSync("nowhere", `${dir}/datasets/link`);
  Deno.symlinkSync("nowhere", `${dir}/datasets/a.csv`);
  for (
    const [args, message] of [
      [["init", long], "its name is too long"],
      [["new", long], "its name is too long"],
      [["init", "file"], "a file, or a link that leads nowhere, stands in its place"],
      [["init", "link"], "a file, or a link that leads nowhere, stands in its place"],
      [["init", "a", "--raw", long], "no such folder"],
      [["init", "a", "--raw", `${dir}/datasets`], "it is a link that leads nowhere"],
    ] as const
  ) {
    const [command, ...rest] = args;
    await assertRejects(() => myx(dir, command, ...rest), UsageError, message, args.join(" "));
  }
  Deno.mkdirSync(`${dir}/deno.json`);
  await assertRejects(() => myx(dir, "init", "a"), UsageError, "it is a folder; the rest is done");
  assert(Deno.statSync(`${dir}/datasets/a/llm.txt`).isFile);
  Deno.removeSync(dir, { recursive: true });
});
