import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { LOG_NAME, OLD_LOG_NAME, openLog } from "../../../core/engine/log.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("openLog() writes whole lines in order, those of the turn in which it is closed, too", async () => {
  const dir = makeTempDir();
  const failures: string[] = [];
  const steps = () =>
    Deno.readTextFileSync(`${dir}/${LOG_NAME}`).split("\n").slice(0, -1).map((line) => JSON.parse(line).step);
  try {
    const { log, close } = openLog(dir, (message) => failures.push(message));
    const entry = { run_id: "r", flow: "f", status: "start" } as const;
    log({ ...entry, step: "a" });
    log({ ...entry, step: "b" });
    await Promise.resolve();
    assertEquals(steps(), ["a", "b"]);
    log({ ...entry, step: "c" });
    close();
    assertEquals(steps(), ["a", "b", "c"]);
    assertEquals(failures, []);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("openLog() begins a line of its own behind one that a crash has cut", async () => {
  const dir = makeTempDir();
  const path = `${dir}/${LOG_NAME}`;
  const entry = { run_id: "r", flow: "f", status: "start" } as const;
  for (const [before, lines] of [["", 1], ["{}\n", 2], ["{}\n{", 3]] as const) {
    Deno.writeTextFileSync(path, before);
    const { log, close } = openLog(dir, (message) => assertEquals(message, ""));
    assertEquals(Deno.readTextFileSync(path), before, "nothing is written before there is an entry");
    log(entry);
    await Promise.resolve();
    log(entry);
    close();
    const text = Deno.readTextFileSync(path).split("\n");
    assertEquals(text.length, lines + 2);
    assertEquals(text.slice(-3, -1).map((line) => JSON.parse(line).run_id), ["r", "r"]);
  }
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openLog() puts a large log aside, in the place of the one before; a run that has it open writes on to it", async () => {
  const dir = makeTempDir();
  const entry = { run_id: "r", flow: "f", status: "start" } as const;
  const open = () => openLog(dir, (message) => assertEquals(message, ""), { largest: 100 });
  const runs = (name: string) =>
    Deno.readTextFileSync(`${dir}/${name}`).trimEnd().split("\n").map((line) => JSON.parse(line).run_id);
  Deno.writeTextFileSync(`${dir}/${OLD_LOG_NAME}`, "older\n");
  const first = open();
  first.log({ ...entry, run_id: "first", step: "x".repeat(100) });
  await Promise.resolve();
  const second = open();
  second.log({ ...entry, run_id: "second" });
  first.log({ ...entry, run_id: "first" });
  second.close();
  first.close();
  assertEquals([runs(OLD_LOG_NAME), runs(LOG_NAME)], [["first", "first"], ["second"]]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openLog() leaves the new log where it is while another run puts the large one aside", async () => {
  const dir = makeTempDir();
  const [path, old] = [`${dir}/${LOG_NAME}`, `${dir}/${OLD_LOG_NAME}`];
  Deno.writeTextFileSync(path, "x".repeat(200) + "\n");
  const other = Deno.openSync(path);
  other.lockSync(true);
  const code = `import { openLog } from ${JSON.stringify(import.meta.resolve("../../../core/engine/log.ts"))};
    console.log("begins");
    openLog(${JSON.stringify(dir)}, console.error, { largest: 100 }).close();`;
  const run = new Deno.Command(Deno.execPath(), { args: ["eval", code], stdout: "piped" }).spawn();
  const reader = run.stdout.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 300));
  Deno.renameSync(path, old);
  Deno.writeTextFileSync(path, "new\n");
  other.close();
  await reader.cancel();
  assertEquals((await run.status).code, 0);
  assertEquals([path, old].map((name) => Deno.readTextFileSync(name)), ["new\n", "x".repeat(200) + "\n"]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openLog() puts a large log aside on NFS, too, which locks only what is open for writing", () => {
  const dir = makeTempDir();
  Deno.writeTextFileSync(`${dir}/${LOG_NAME}`, "x".repeat(200) + "\n");
  const { openSync } = Deno;
  Deno.openSync = (path, options) => {
    const file = openSync(path, options);
    if (!options?.write && !options?.append) {
      file.lockSync = () => {
        throw new Error("Bad file descriptor (os error 9)");
      };
    }
    return file;
  };
  try {
    openLog(dir, (message) => assertEquals(message, ""), { largest: 100 }).close();
  } finally {
    Deno.openSync = openSync;
  }
  assertEquals([OLD_LOG_NAME, LOG_NAME].map((name) => Deno.statSync(`${dir}/${name}`).size), [201, 0]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openLog() goes on with a large log that it may not put aside, or that is a link", async () => {
  const dir = makeTempDir();
  Deno.writeTextFileSync(`${dir}/kept`, "x".repeat(200) + "\n");
  Deno.symlinkSync("kept", `${dir}/${LOG_NAME}`);
  openLog(dir, (message) => assertEquals(message, ""), { largest: 100 }).close();
  assertEquals(Deno.lstatSync(`${dir}/${LOG_NAME}`).isSymlink, true);
  Deno.removeSync(`${dir}/${LOG_NAME}`);
  Deno.renameSync(`${dir}/kept`, `${dir}/${LOG_NAME}`);
  const code = `import { openLog } from ${JSON.stringify(import.meta.resolve("../../../core/engine/log.ts"))};
    openLog(${JSON.stringify(dir)}, console.error, { largest: 100 }).close();`;
  Deno.writeTextFileSync(`${dir}/run.ts`, code);
  const config = fromFileUrl(import.meta.resolve("../../../deno.json"));
  const grants = ["--allow-read", `--allow-write=${dir}/${LOG_NAME}`];
  const args = ["run", "-q", "--no-prompt", `--config=${config}`, ...grants, `${dir}/run.ts`];
  const { stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals([new TextDecoder().decode(stderr), Deno.statSync(`${dir}/${LOG_NAME}`).size], ["", 201]);
  Deno.removeSync(dir, { recursive: true });
});
