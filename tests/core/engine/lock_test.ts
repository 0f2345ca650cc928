import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { lockKept } from "../../../core/engine/kept_folder.ts";
import { lockFolder } from "../../../core/engine/lock.ts";
import { lockMachine } from "../../../core/engine/machine_lock.ts";
import { onFullDisk } from "../../full_disk.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("lockFolder() passes over a lock that its holder's death leaves for a moment, and refuses one that stays", async () => {
  const folder = `${makeTempDir("myx-lock-")}/10_parsed`;
  const left = await lockFolder(folder, { command: "killed" });
  // The lock belongs to what was opened, not to who opened it: a copy of that in a child keeps it.
  setTimeout(() => left.close(), 20);
  using _held = await lockFolder(folder, { command: "flow small" });
  const error = await assertRejects(() => lockFolder(folder, { command: "other" }), Error, "Cannot write");
  assertMatch(error.message, /process \d+ on \S+ \(flow small\) has had it for \d+ s/);
  assertEquals((error as { exitCode?: number }).exitCode, 3);
});

Deno.test("lockFolder() locks on a full disk, too, and the lock has no name then", async () => {
  const folder = `${makeTempDir("myx-lock-")}/10_parsed`;
  using _held = await lockOnFullDisk(folder);
  const error = await assertRejects(() => lockFolder(folder, { command: "other" }), Error, "another run has it");
  assertEquals((error as { exitCode?: number }).exitCode, 3);
});

Deno.test("a file system without locks is told with the file and what to do", async () => {
  const dir = makeTempDir("myx-lock-");
  const { tryLockSync, lockSync } = Deno.FsFile.prototype;
  const refuse = () => {
    throw new Error("No locks available (os error 37)");
  };
  Object.assign(Deno.FsFile.prototype, { tryLockSync: refuse, lockSync: refuse });
  try {
    for (
      const [take, path] of [
        [() => lockFolder(`${dir}/10_parsed`, { command: "flow small" }), "/.myx/locks/10_parsed.lock"],
        [() => lockMachine(`${dir}/.myx`, "gateway", { command: "flow small" }), "/.myx/locks/machine-gateway.lock"],
        [() => lockKept(`${dir}/.myx/state/pg`, { command: "flow small" }), "/.myx/state/pg.lock"],
      ] as const
    ) {
      const error = await assertRejects(
        take,
        MyxError,
        `Cannot lock "${dir}${path}": No locks available (os error 37)`,
      );
      assertMatch(error.fix!, /NFS/);
    }
  } finally {
    Object.assign(Deno.FsFile.prototype, { tryLockSync, lockSync });
  }
});

Deno.test("lockFolder() takes no lock in a dataset that was removed while it waited, nor one that came instead", async () => {
  for (const isBack of [false, true]) {
    const root = makeTempDir("myx-lock-");
    const folder = `${root}/10_parsed`;
    const held = await lockFolder(folder, { command: "delete mussels" });
    let told = 0;
    const waiting = lockFolder(folder, { command: "flow small", wait: true, onWait: () => told++ });
    while (!told) await new Promise((resolve) => setTimeout(resolve, 20));
    Deno.removeSync(root, { recursive: true });
    const other = isBack ? await lockFolder(folder, { command: "init mussels" }) : undefined;
    held.close();
    await assertRejects(() => waiting, Error, "what it lies in was removed while this run waited for it");
    other?.close();
    if (isBack) Deno.removeSync(root, { recursive: true });
  }
});

/** `lockFolder()` writes before it first waits for anything. */
function lockOnFullDisk(folder: string): Promise<Deno.FsFile> {
  let file: Promise<Deno.FsFile> | undefined;
  onFullDisk(0, () => file = lockFolder(folder, { command: "delete mussels" }));
  return file!;
}
