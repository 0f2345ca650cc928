import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { MyxError } from "../../../core/contract/errors.ts";
import { explainDisk, explainReading } from "../../../core/engine/disk_error.ts";

Deno.test("explainDisk() knows a full disk by the words of the system, of SQLite and of quotas, and one that fails", () => {
  const full: [string, string][] = [
    ["No space left on device (os error 28)", "the disk is full"],
    ["Disk quota exceeded (os error 122)", "your quota is used up"],
    ["database or disk is full", "the disk is full"],
    ["disk I/O error", "the disk is full, or fails"],
  ];
  for (const [text, why] of full) {
    const error = explainDisk(new Error(text), "the ledger") as MyxError;
    assertEquals([error.name, error.message], ["MyxError", `Cannot write into the ledger: ${why}`]);
    assertStringIncludes(error.fix!, "ree some space");
    if (why !== "the disk is full, or fails") assertStringIncludes(error.fix!, "files");
    // Whoever catches it next may have another disk in mind.
    assert(explainDisk(error, '"/media/archives"') === error);
  }
  for (const fault of ["Input/output error (os error 5)", "Stale file handle (os error 116)"]) {
    const error = explainDisk(new Error(`${fault}: rename 'a' -> 'b'`), '"/a"') as MyxError;
    assertEquals([error.name, error.message], ["MyxError", `Cannot write into "/a": ${fault}`]);
    assertStringIncludes(error.fix!, "Check the disk");
  }
  const other = new Error("no such table");
  assert(explainDisk(other, "the ledger") === other);
});

Deno.test("explainReading() says what cannot be read, why, and what to do", () => {
  const faults: [Error, string, string][] = [
    [new Deno.errors.PermissionDenied("Permission denied (os error 13)"), "you have no right to", "Ask its owner"],
    [new Error("Stale file handle (os error 116): readdir '/a'"), "Stale file handle (os error 116)", "Check the disk"],
    [new Error("Too many open files (os error 24)"), "Too many open files (os error 24)", "ulimit -n"],
  ];
  for (const [fault, why, fix] of faults) {
    const error = explainReading(fault, '"/a"') as MyxError;
    assertEquals([error.name, error.message], ["MyxError", `Cannot read "/a": ${why}`]);
    assertStringIncludes(error.fix!, fix);
  }
  for (const other of [new Error("no Parquet"), new Deno.errors.NotFound("No such file or directory (os error 2)")]) {
    assert(explainReading(other, '"/a"') === other);
  }
});
