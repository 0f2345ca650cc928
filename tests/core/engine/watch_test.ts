import { assert, assertEquals } from "@std/assert";
import { watchFolders } from "../../../core/engine/watch.ts";
import { makeTempDir } from "../../temp_dir.ts";

const OPTIONS = { quietMs: 150, longestMs: 1000, everyMs: 60_000 };

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert(condition(), "it did not happen");
}

Deno.test("watchFolders() works at once, once more for a burst of changes, and never twice at a time", async () => {
  const dir = makeTempDir();
  const controller = new AbortController();
  let runs = 0;
  let atOnce = 0;
  const work = async () => {
    assertEquals(++atOnce, 1);
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 100));
    atOnce--;
  };
  const watching = watchFolders(() => [dir], work, { ...OPTIONS, signal: controller.signal });
  await until(() => runs === 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let i = 0; i < 20; i++) Deno.writeTextFileSync(`${dir}/raw.csv`, `${i}\n`, { append: true });
  await until(() => runs === 2);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals(runs, 2);
  controller.abort();
  await watching;
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("watchFolders() does not wait for ever while changes go on, and looks again without any", async () => {
  const dir = makeTempDir();
  const controller = new AbortController();
  let runs = 0;
  const work = () => Promise.resolve(void runs++);
  const watching = watchFolders(() => [dir], work, { ...OPTIONS, longestMs: 400, signal: controller.signal });
  const timer = setInterval(() => Deno.writeTextFileSync(`${dir}/raw.csv`, "x\n", { append: true }), 50);
  await until(() => runs >= 3);
  clearInterval(timer);
  controller.abort();
  await watching;

  const other = new AbortController();
  runs = 0;
  const looking = watchFolders(() => [dir], work, { ...OPTIONS, everyMs: 200, signal: other.signal });
  await until(() => runs >= 3);
  other.abort();
  await looking;
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("watchFolders() goes on where a folder cannot be looked at, as on a network drive whose server is away", async () => {
  const dir = makeTempDir();
  const controller = new AbortController();
  const { statSync } = Deno;
  let runs = 0;
  const work = () => {
    Deno.statSync = ++runs > 2 ? statSync : (() => {
      throw new Error("Stale file handle (os error 116)");
    });
    return Promise.resolve();
  };
  const told: string[] = [];
  const onBlind = (error: unknown) => void told.push((error as Error).message);
  const watching = watchFolders(() => [dir], work, { ...OPTIONS, everyMs: 200, signal: controller.signal, onBlind });
  try {
    await Promise.race([watching, until(() => runs >= 4)]);
  } finally {
    Deno.statSync = statSync;
  }
  controller.abort();
  await watching;
  assertEquals(told, ["Stale file handle (os error 116)", "Stale file handle (os error 116)"]);
});

Deno.test("watchFolders() goes on where a folder goes away, and watches what comes back in its place", async () => {
  const dir = makeTempDir();
  const folder = `${dir}/00_raw`;
  Deno.mkdirSync(folder);
  const controller = new AbortController();
  let runs = 0;
  const work = () => Promise.resolve(void runs++);
  const watching = watchFolders(() => [folder], work, { ...OPTIONS, everyMs: 1500, signal: controller.signal });
  await until(() => runs === 1);
  Deno.renameSync(folder, `${dir}/away`);
  await until(() => runs === 2);
  Deno.mkdirSync(folder);
  await until(() => runs === 3); // It looks again without a sign.
  const before = performance.now();
  Deno.writeTextFileSync(`${folder}/raw.csv`, "x\n");
  await until(() => runs === 4);
  assert(performance.now() - before < 1200, "it did not watch the new folder");
  controller.abort();
  await watching;
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("watchFolders() asks before each work which folders it is to watch", async () => {
  const [dir, other] = [makeTempDir(), makeTempDir()];
  const controller = new AbortController();
  let folder = dir;
  let runs = 0;
  const work = () => Promise.resolve(void runs++);
  const watching = watchFolders(() => [folder], work, { ...OPTIONS, signal: controller.signal });
  await until(() => runs === 1);
  folder = other;
  Deno.writeTextFileSync(`${dir}/raw.csv`, "x\n");
  await until(() => runs === 2);
  Deno.writeTextFileSync(`${other}/raw.csv`, "x\n");
  await until(() => runs === 3);
  controller.abort();
  await watching;
  for (const each of [dir, other]) Deno.removeSync(each, { recursive: true });
});

Deno.test("watchFolders() looks again and again where the system cannot watch, and says why", async () => {
  const dir = makeTempDir();
  const controller = new AbortController();
  const { watchFs } = Deno;
  const failure = new Error("Too many open files (os error 24)");
  Deno.watchFs = () => {
    throw failure;
  };
  try {
    let runs = 0;
    const told: unknown[] = [];
    const watching = watchFolders(() => [dir], () => Promise.resolve(void runs++), {
      ...OPTIONS,
      everyMs: 200,
      signal: controller.signal,
      onBlind: (error) => told.push(error),
    });
    await until(() => runs >= 2);
    Deno.watchFs = watchFs;
    await until(() => told.length >= 2 && runs > told.length);
    controller.abort();
    await watching;
    assertEquals([...new Set(told)], [failure]);
  } finally {
    Deno.watchFs = watchFs;
    Deno.removeSync(dir, { recursive: true });
  }
});
