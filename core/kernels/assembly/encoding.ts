// What the bytes of a text tell of how it is encoded.

const TAB: u32 = 9, LF: u32 = 10, CR: u32 = 13, SPACE: u32 = 32, DELETE: u32 = 127;

/**
 * Counts, into `out`: pairs of a byte and NUL, pairs of NUL and a byte, control bytes, bytes that are not NUL, CRs that
 * something stands behind, and LFs.
 */
export function countBytes(at: usize, count: i32, out: usize): void {
  let little = 0, big = 0, control = 0, filled = 0, returns = 0, feeds = 0;
  let pending = 0;
  let before: u32 = 0;
  for (let i = 0; i < count; i++) {
    const byte: u32 = load<u8>(at + i);
    if (i & 1) {
      little += i32(byte == 0 && before != 0);
      big += i32(byte != 0 && before == 0);
    }
    before = byte;
    if (byte == 0) continue;
    filled++;
    if (byte == LF) feeds++;
    else if (byte == CR) pending++;
    else if (byte != TAB && byte != SPACE) {
      if (byte < 32 || byte == DELETE) control++;
      returns += pending;
      pending = 0;
    }
  }
  store<i32>(out, little);
  store<i32>(out, big, 4);
  store<i32>(out, control, 8);
  store<i32>(out, filled, 12);
  store<i32>(out, returns, 16);
  store<i32>(out, feeds, 20);
}
