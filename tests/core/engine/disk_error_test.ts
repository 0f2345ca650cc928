import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { MyxError } from "../../../core/contract/errors.ts";
import { explainDisk } from "../../../core/engine/disk_error.ts";

Deno.test("explainDisk() knows a full disk by the words of the system, of SQLite and of quotas", () => {
  const full: [string, string][] = [
    ["No space left on device (os error 28)", "the disk is full"],
    ["Disk quota exceeded (os error 122)", "the disk is full"],
    ["database or disk is full", "the disk is full"],
    ["disk I/O error", "the disk is full, or fails"],
  ];
  for (const [text, why] of full) {
    const error = explainDisk(new Error(text), "the ledger") as MyxError;
    assertEquals([error.name, error.message], ["MyxError", `Cannot write into the ledger: ${why}`]);
    assertStringIncludes(error.fix!, "ree some space");
    // Whoever catches it next may have another disk in mind.
    assert(explainDisk(error, '"/media/archives"') === error);
  }
  const other = new Error("no such table");
  assert(explainDisk(other, "the ledger") === other);
});
