import { assertEquals } from "@std/assert";
import { Children } from "../../../core/sandbox/children.ts";
import type { Grants } from "../../../core/sandbox/grants.ts";
import { guessLaunch } from "../../../core/sandbox/launch.ts";
import { makeTempDir } from "../../temp_dir.ts";

/** All processes that are started until disposed. */
function watchSpawned() {
  const { spawn } = Deno.Command.prototype;
  const spawned: Deno.ChildProcess[] = [];
  Deno.Command.prototype.spawn = function () {
    const process = spawn.call(this);
    spawned.push(process);
    return process;
  };
  return { spawned, [Symbol.dispose]: () => void (Deno.Command.prototype.spawn = spawn) };
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(() => resolve(undefined), ms)));
}

function grantsOf(dir: string): Grants {
  for (const folder of ["in", "out"]) Deno.mkdirSync(`${dir}/${folder}`);
  return { read: [`${dir}/in`], write: `${dir}/out`, net: [], env: [], memoryMb: 512 };
}

Deno.test("a guessed child is the first one where it may touch the same, and ends at once where not", async () => {
  const options = { size: 1, fileMb: 1024 };
  for (const [memoryMb, count] of [[512, 1], [513, 2]] as const) {
    const grants = grantsOf(makeTempDir());
    using watch = watchSpawned();
    guessLaunch({ ...grants, memoryMb }, options.fileMb);
    const children = new Children(grants, options);
    await children.warm();
    assertEquals(watch.spawned.length, count);
    const [guessed] = watch.spawned;
    const first = await Promise.race([guessed!.status, delay(count > 1 ? 5000 : 100)]);
    assertEquals(first?.signal, count > 1 ? "SIGKILL" : undefined);
    await children.close();
    assertEquals([...Deno.readDirSync(grants.write)], []);
  }
});
