/** A system that takes less than it is given, as it may on any write and does when a disk is nearly full. */

/** Runs `act` while each write to a file takes a hundred bytes at most. */
export async function withShortWrites(act: () => unknown): Promise<void> {
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = function (bytes) {
    return writeSync.call(this, bytes.subarray(0, 100));
  };
  try {
    await act();
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
}
