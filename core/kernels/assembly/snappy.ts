// Snappy's block format, https://github.com/google/snappy/blob/main/format_description.txt.

/** A match reaches back this far at most, so that offsets have 16 bits. */
const FRAGMENT: usize = 1 << 16;
const TABLE_BITS: u32 = 13;
/** Shorter rests are not searched: four bytes are read at once. */
const MARGIN: usize = 15;
/** Sixteenths of a byte that the search goes on by; one more for each try in vain. */
const FIRST_STEP: usize = 16;

/** Bytes that `compress` needs to work in. */
export function compressScratch(): i32 {
  return 2 << TABLE_BITS;
}

/** Compresses `length` bytes and returns where the result ends: at most a sixth and 32 bytes longer, and 16 to spare. */
export function compress(input: usize, length: usize, out: usize, table: usize): usize {
  let rest = length;
  for (; rest >= 128; rest >>= 7) store<u8>(out++, <u8> (rest | 128));
  store<u8>(out++, <u8> rest);
  const end = input + length;
  for (let start = input; start < end; start += FRAGMENT) {
    out = compressFragment(start, min(end, start + FRAGMENT), out, table);
  }
  return out;
}

/**
 * Where nothing repeats the search takes longer and longer steps, so that values that are packed already cost little more
 * than copying them.
 */
function compressFragment(start: usize, end: usize, out: usize, table: usize): usize {
  memory.fill(table, 0, 2 << TABLE_BITS);
  let emitted = start;
  let at = start + 1;
  for (let step = FIRST_STEP; at + MARGIN < end;) {
    const word = load<u32>(at);
    const slot = table + (<usize> ((word * 0x1e35a7bd) >> (32 - TABLE_BITS)) << 1);
    const match = start + <usize> load<u16>(slot);
    store<u16>(slot, <u16> (at - start));
    if (load<u32>(match) != word) {
      at += step++ >> 4;
      continue;
    }
    const length = matchLength(match, at, end);
    out = emitCopy(emitLiteral(emitted, at, out), at - match, length);
    at += length;
    emitted = at;
    step = FIRST_STEP;
  }
  return emitLiteral(emitted, end, out);
}

/** How many bytes from `at` on equal those from `match` on, of which it is known of four. */
function matchLength(match: usize, at: usize, end: usize): usize {
  let length: usize = 4;
  for (; at + length + 8 <= end; length += 8) {
    const difference = load<u64>(match + length) ^ load<u64>(at + length);
    if (difference) return length + <usize> (ctz(difference) >> 3);
  }
  while (at + length < end && load<u8>(match + length) == load<u8>(at + length)) length++;
  return length;
}

/** Writes a literal, and up to 16 bytes more. */
function emitLiteral(from: usize, to: usize, out: usize): usize {
  const length = to - from;
  if (length <= 16) {
    // Most are so short, or empty; without more branches, as these would often be foreseen wrongly.
    store<u8>(out, <u8> ((length - 1) << 2));
    v128.store(out, v128.load(from), 1);
    return out + length + usize(length > 0);
  }
  if (length <= 60) store<u8>(out++, <u8> ((length - 1) << 2));
  else if (length <= 256) {
    store<u8>(out++, 60 << 2);
    store<u8>(out++, <u8> (length - 1));
  } else {
    store<u8>(out++, 61 << 2);
    store<u16>(out, <u16> (length - 1));
    out += 2;
    memory.copy(out, from, length);
    return out + length;
  }
  for (let at: usize = 0; at < length; at += 16) v128.store(out + at, v128.load(from + at));
  return out + length;
}

/** Writes a copy, and up to 2 bytes more. */
function emitCopy(out: usize, offset: usize, length: usize): usize {
  // No copy is shorter than 4.
  for (; length > 64; out += 3) {
    const part: usize = min(64, length - 4);
    store<u32>(out, <u32> (2 | (part - 1) << 2 | offset << 8));
    length -= part;
  }
  const far = 2 | (length - 1) << 2 | offset << 8;
  // Whether less than 12 and 2048; without branches, as these would often be foreseen wrongly.
  const near = (length - 12 & offset - 2048) >> 31;
  const short = 1 | (length - 4) << 2 | (offset & 0x700) >> 3 | (offset & 255) << 8;
  store<u32>(out, <u32> (far ^ (far ^ short) & (0 - near)));
  return out + 3 - near;
}

/**
 * Fills `size` bytes at `out` from `length` bytes, and up to 15 bytes behind with anything; false where they are damaged or
 * give another size.
 */
export function decompress(input: usize, length: usize, out: usize, size: usize): bool {
  const end = input + length;
  const begin = out;
  const stop = out + size;
  while (input < end && load<u8>(input++) >= 128);
  while (input < end) {
    const tag = <usize> load<u8>(input++);
    const kind = tag & 3;
    let count = tag >> 2;
    if (kind == 0) {
      if (count >= 60) {
        const bytes = count - 59;
        if (bytes > end - input) return false;
        count = load<u32>(input) & (<u32> 0xffffffff >> <u32> ((4 - bytes) << 3));
        input += bytes;
      }
      if (count >= end - input || count >= stop - out) return false;
      count++;
      // Most are short, and a call would cost more; the room behind takes what is copied too much.
      if (count <= 16) v128.store(out, v128.load(input));
      else memory.copy(out, input, count);
      input += count;
      out += count;
      continue;
    }
    let offset: usize = 0;
    if (kind == 1) {
      count = (count & 7) + 4;
      offset = (tag >> 5) << 8 | <usize> load<u8>(input);
      input += 1;
    } else {
      count++;
      offset = kind == 2 ? <usize> load<u16>(input) : <usize> load<u32>(input);
      input += kind == 2 ? 2 : 4;
    }
    if (input > end || offset == 0 || offset > out - begin || count > stop - out) return false;
    const last = out + count;
    // Copies may overlap: what they write they read again.
    if (offset >= 8) { for (; out < last; out += 8) store<u64>(out, load<u64>(out - offset)); }
    else { for (; out < last; out++) store<u8>(out, load<u8>(out - offset)); }
    out = last;
  }
  return out == stop;
}
