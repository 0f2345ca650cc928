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
