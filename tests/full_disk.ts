/**
 * Runs `call` as on a disk that has room for `room` more bytes of files that are opened and written; further ones are
 * refused as the system does.
 */
export function onFullDisk(room: number, call: () => void): void {
  const open = Deno.openSync;
  let left = room;
  Deno.openSync = (path, options) => {
    const file = open(path, options);
    const write = file.writeSync.bind(file);
    file.writeSync = (bytes) => {
      if (left === 0) throw new Error("No space left on device (os error 28)");
      const written = write(bytes.subarray(0, left));
      left -= written;
      return written;
    };
    return file;
  };
  try {
    call();
  } finally {
    Deno.openSync = open;
  }
}
