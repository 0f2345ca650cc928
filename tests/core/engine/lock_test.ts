import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { lockFolder } from "../../../core/engine/lock.ts";
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

/** `lockFolder()` writes before it first waits for anything. */
function lockOnFullDisk(folder: string): Promise<Deno.FsFile> {
  let file: Promise<Deno.FsFile> | undefined;
  onFullDisk(0, () => file = lockFolder(folder, { command: "delete mussels" }));
  return file!;
}
