import { OPEN, UNCLOSED } from "./csv_text.ts";
import type { ByteSource } from "../data/byte_source.ts";

/** What takes the lines of a file. Lines come in order, each once. */
export interface LineSink {
  /** Said before lines are taken from bytes that have changed. */
  renew(): void;
  /**
   * Takes the line at `at` if it is a plain one, and maybe more behind it up to `limit`, which ends one. Returns where the
   * next starts, or -1.
   */
  takeBytes(bytes: Uint8Array, view: DataView, at: number, limit: number): number;
  /** How many lines were taken last. */
  taken: number;
  /**
   * Takes the line from `start` to `end`, its line end included. Returns where the next starts: at `end`, or, where what
   * spans several lines cannot be used, behind the first of them, which alone is refused.
   */
  takeText(bytes: Uint8Array, start: number, end: number, where: Where): number;
  /** Takes a line that cannot be read; of a very long one only the beginning. */
  refuse(beginning: Uint8Array, where: Where, reason: string): void;
  /** The last line has no line end and is left for the next run. */
  leave(): void;
  /** Where the line at `start` ends, its line end included; `OPEN` or `UNCLOSED`. */
  endOf(bytes: Uint8Array, start: number, end: number): number;
}

/** The number of a line, from 1, and where it starts in the decompressed file. */
export interface Where {
  readonly number: number;
  readonly offset: number;
}

/** How a file is scanned. */
export interface ScanOptions {
  /** Bytes asked for at a time. */
  readonly chunk: number;
  /** A longer line is refused, so that it does not fill the memory. */
  readonly longest: number;
  /** Whether a last line without its line end is a line. */
  readonly settled: boolean;
  /** Bytes to pass over at the start of the file. */
  readonly skip: number;
  /** Called after each chunk. */
  readonly onChunk: () => void;
}

const LF = 10;
/** Room behind the bytes for the words that the hot loops read ahead. */
const PAD = 16;
/** How much of a line that is too long is kept. */
const BEGINNING = 1200;

/** Cuts a file into lines over one buffer, which grows only for lines longer than it. */
export async function scanLines(source: ByteSource, sink: LineSink, options: ScanOptions): Promise<void> {
  const { chunk, longest, settled, skip } = options;
  let bytes = new Uint8Array(Math.max(chunk, skip) + PAD);
  let view = new DataView(bytes.buffer);
  let start = 0, end = 0, searched = 0, base = 0, number = 1;
  let tooLong: { beginning: Uint8Array; where: Where } | undefined;
  let begun = false;

  function takeLines(limit: number, final: boolean): void {
    sink.renew();
    while (start < limit) {
      if (tooLong) {
        sink.refuse(tooLong.beginning, tooLong.where, "line too long");
        tooLong = undefined;
        start = bytes.indexOf(LF, start) + 1;
        number++;
        continue;
      }
      const next = sink.takeBytes(bytes, view, start, limit);
      if (next > 0) {
        start = next;
        number += sink.taken;
        continue;
      }
      const where = { number, offset: base + start };
      const stop = sink.endOf(bytes, start, limit);
      if (stop === OPEN && !final) return;
      // A stray quote costs the line it stands in, not those behind it.
      const unclosed = stop === OPEN || stop === UNCLOSED || stop - 1 - start > longest;
      const lineEnd = bytes.indexOf(LF, start) + 1;
      let behind = lineEnd;
      if (lineEnd - 1 - start > longest) sink.refuse(bytes.subarray(start, lineEnd), where, "line too long");
      else if (unclosed) sink.refuse(bytes.subarray(start, lineEnd), where, "unclosed quote");
      else behind = sink.takeText(bytes, start, stop, where);
      number++;
      for (let i = lineEnd; i < behind; i = bytes.indexOf(LF, i) + 1) number++;
      start = behind;
    }
  }

  function makeRoom(): void {
    if (start > 0) bytes.copyWithin(0, start, end);
    base += start;
    end -= start;
    searched -= start;
    start = 0;
    if (end < bytes.length - PAD) return;
    const larger = new Uint8Array(2 * end + PAD);
    larger.set(bytes.subarray(0, end));
    bytes = larger;
    view = new DataView(bytes.buffer);
  }

  for (;;) {
    const count = await source.read(bytes.subarray(end, bytes.length - PAD));
    if (count === 0) break;
    end += count;
    options.onChunk();
    if (!begun && end < skip) continue;
    if (!begun) start = searched = skip;
    begun = true;
    const last = bytes.subarray(searched, end).lastIndexOf(LF);
    if (last >= 0) takeLines(searched + last + 1, false);
    searched = end;
    if (end - start > longest && (tooLong || bytes.subarray(start, end).indexOf(LF) < 0)) {
      tooLong ??= { beginning: bytes.slice(start, start + BEGINNING), where: { number, offset: base + start } };
      start = end;
    } else if (tooLong) start = end;
    makeRoom();
  }
  if (end === start && !tooLong) return;
  if (!settled) return sink.leave();
  // A quote that stays open leaves whole lines, too: behind those no further one begins.
  if (end > start && bytes[end - 1] === LF) return takeLines(end, true);
  bytes[end] = LF;
  takeLines(end + 1, true);
}
