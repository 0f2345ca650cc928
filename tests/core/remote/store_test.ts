import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { MyxError } from "../../../core/contract/errors.ts";
import { openScratch, removeFromCache } from "../../../core/remote/store.ts";
import { holdLock } from "../../../core/remote/write_lock.ts";
import { onFullDisk } from "../../full_disk.ts";
import { makeTempDir } from "../../temp_dir.ts";

const FILLER = `
  const { openScratch } = await import(Deno.args[0]);
  globalThis.scratch = openScratch(Deno.args[1]);
  console.log("ready");
  setTimeout(() => {}, 60_000);
`;

/** Starts a process that has a folder open; it is killed, like a computer that is switched off. */
async function startFiller(dir: string): Promise<AsyncDisposable> {
  const store = new URL("../../../core/remote/store.ts", import.meta.url).href;
  const config = fromFileUrl(new URL("../../../deno.json", import.meta.url));
  Deno.writeTextFileSync(`${dir}/filler.js`, FILLER);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", `--config=${config}`, `${dir}/filler.js`, store, dir],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

Deno.test("openScratch() removes what killed processes have left, and nothing that is in use", async () => {
  const dir = makeTempDir();
  const there = () => [...Deno.readDirSync(`${dir}/.myx/cache`)].map(({ name }) => name);
  {
    await using _filler = await startFiller(dir);
    using own = openScratch(dir);
    using other = openScratch(dir);
    assertEquals(there().length, 3, "both of this process, and that of the other");
    assertEquals([own.root, other.root].map((root) => Deno.statSync(root).isDirectory), [true, true]);
  }
  assertEquals(there().length, 1);
  // As left by a process that was killed before it had locked its folder.
  Deno.mkdirSync(`${dir}/.myx/cache/.new-0/git/objects`, { recursive: true });
  Deno.mkdirSync(`${dir}/.myx/cache/pinned`);
  openScratch(dir)[Symbol.dispose]();
  assertEquals(there(), ["pinned"]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openScratch() passes by a folder that it may not open, as another user's in a shared cache", () => {
  const dir = makeTempDir();
  // Stands for a file that only its owner opens: tests may run as root.
  Deno.mkdirSync(`${dir}/.myx/cache/.new-0/held`, { recursive: true });
  openScratch(dir)[Symbol.dispose]();
  assertEquals([...Deno.readDirSync(`${dir}/.myx/cache`)].map(({ name }) => name), [".new-0"]);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("openScratch() keeps what is fetched out of git, also after a disk was full when it first did", () => {
  const dir = makeTempDir();
  assertThrows(() => onFullDisk(1, () => openScratch(dir)), MyxError, "the disk is full");
  openScratch(dir)[Symbol.dispose]();
  assertEquals(Deno.readTextFileSync(`${dir}/.myx/.gitignore`), "*\n");
});

Deno.test("a project's pins and cache may be changed by whoever may write around them, whatever the umask", () => {
  const dir = makeTempDir();
  Deno.chmodSync(dir, 0o2775);
  const before = Deno.umask(0o022);
  const { removeSync } = Deno;
  try {
    openScratch(dir)[Symbol.dispose]();
    holdLock(dir)[Symbol.dispose]();
    const modes = ["", "/cache", "/myx.lock.held"].map((path) => Deno.statSync(`${dir}/.myx${path}`).mode! & 0o777);
    assertEquals(modes, [0o775, 0o775, 0o664]);
    Deno.removeSync = () => {
      throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
    };
    removeFromCache(dir, { url: "https://host/a/", path: "", files: {} });
  } finally {
    Deno.removeSync = removeSync;
    Deno.umask(before);
    Deno.removeSync(dir, { recursive: true });
  }
});
