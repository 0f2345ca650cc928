/** Used again for every file: fresh memory costs page faults. A buffer that one large file has grown is not kept. */
let buffer = new Uint8Array(2 ** 20);
const MOST_KEPT = 2 ** 25;

/** Reads a file whole, or its first `most` bytes. What is returned is good until the next call. */
export function readWhole(path: string | URL, most = Infinity): Uint8Array {
  using file = Deno.openSync(path);
  const size = Math.min(file.statSync().size, most);
  if (size > buffer.length || buffer.length > MOST_KEPT) buffer = new Uint8Array(Math.max(2 * size, 2 ** 20));
  let end = 0;
  for (let read: number | null = 0; end < size && read !== null; end += read ?? 0) {
    read = file.readSync(buffer.subarray(end, size));
  }
  return buffer.subarray(0, end);
}
