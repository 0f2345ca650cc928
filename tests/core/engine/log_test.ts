import { assertEquals } from "@std/assert";
import { LOG_NAME, openLog } from "../../../core/engine/log.ts";
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
