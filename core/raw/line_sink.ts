import { type CsvHeader, isHeaderAgain, readHeader, SEPARATOR } from "./csv_header.ts";
import { createCsvReader } from "./csv_reader.ts";
import { endOfRecord } from "./csv_text.ts";
import { hasKey } from "./domains.ts";
import type { Form } from "./form.ts";
import type { Keys } from "./keys.ts";
import { createKvReader } from "./kv_reader.ts";
import type { LineReader } from "./line_reader.ts";
import { rowOf, type RowStore, widenRow } from "./row.ts";
import { isBlank } from "./sample.ts";
import type { LineSink, Where } from "./scan.ts";
import type { RawSettings } from "./settings.ts";
import type { StampOptions } from "./stamp_text.ts";
import type { Tally } from "./tally.ts";

/** What a file's lines are read with and where they go. */
export interface SinkOptions {
  readonly file: string;
  readonly form: Form;
  readonly settings: RawSettings;
  readonly stamps: StampOptions;
  readonly keys: Keys;
  readonly store: RowStore;
  readonly tally: Tally;
  readonly longest: number;
  readonly longestQuoted: number;
  readonly quick: boolean;
  readonly batch: number;
}

const LF = 10;
/** A byte order mark is only one at the start of a file, and there it has been passed over. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Makes what sends every line its one way: see `Fate`. */
export function createLineSink(options: SinkOptions): LineSink {
  const { file, form, settings, stamps, keys, store, tally, longest, longestQuoted, quick, batch } = options;
  const { fates } = tally;
  const { from, to } = settings;
  const row = rowOf(keys);
  const mark = form.delimiter.charCodeAt(0);
  let reader: LineReader | undefined;
  let width = Infinity;
  let header: CsvHeader | undefined;
  let headerText = "";
  let headerLine = 0;
  if (form.format === "kv") {
    reader = createKvReader(row, keys, form.delimiter, {
      stamps,
      domains: settings.domains.length,
      longest,
      least: batch,
    });
  }
  const batches = quick && store.batches ? reader?.batches : undefined;

  /** Counts the row and keeps it; false where its values do not matter. */
  function keep(): boolean {
    const { ts } = row;
    if (ts < tally.first) tally.first = ts;
    if (ts > tally.last) tally.last = ts;
    if (ts < from || ts > to) {
      fates.out_of_bounds++;
      return false;
    }
    if (!store.add(row)) {
      fates.no_known_key++;
      return false;
    }
    fates.accepted++;
    return true;
  }

  function decode(bytes: Uint8Array): string | undefined {
    let length = 0;
    const kept = bytes.includes(0) ? bytes.filter((byte) => byte !== 0) : bytes;
    for (length = kept.length; length > 0 && (kept[length - 1] === LF || kept[length - 1] === 13); length--);
    try {
      return decoder.decode(kept.subarray(0, length));
    } catch {
      return undefined;
    }
  }

  /** Takes a csv's header, the first or a further one, by which the rows behind it are read. */
  function takeHeader(text: string, { number }: Where): void {
    fates.header++;
    headerLine = number;
    if (SEPARATOR.test(text)) return;
    // The same again, maybe behind the beginning of one that was cut short.
    if (header && text.endsWith(headerText) && headerText.startsWith(text.slice(0, -headerText.length))) return;
    try {
      header = readHeader(file, text, form.delimiter, settings.timeColumns);
    } catch (error) {
      if (!header) throw error;
      throw new TypeError(`${(error as Error).message}; it stands in line ${number}`, { cause: error });
    }
    headerText = text;
    width = header.names.length;
    widenRow(row, width);
    reader = createCsvReader(row, keys, header, form.delimiter, stamps);
  }

  /** Takes lines in a batch and returns where the next starts: `at` itself where the first of them does not suit. */
  function takeBatch(bytes: Uint8Array, at: number, limit: number): number {
    const { low, high } = store.batches!;
    // Times are whole numbers, and the last to keep is included.
    const next = batches!.read(bytes, at, limit, Math.max(low, from), Math.min(high, to + 1));
    if (next === at) return at;
    const batch = batches!.batch();
    tally.first = Math.min(tally.first, batches!.first);
    tally.last = Math.max(tally.last, batches!.last);
    fates.accepted += batch.lines;
    sink.taken = batch.lines;
    store.batches!.addBatch(batch);
    return next;
  }

  const sink: LineSink = {
    taken: 0,
    renew: () => batches?.forget(),
    takeBytes(bytes, view, at, limit) {
      if (!quick || !reader) return -1;
      if (batches) {
        const next = takeBatch(bytes, at, limit);
        if (next > at) return next;
      }
      sink.taken = 1;
      const next = reader.readBytes(bytes, view, at);
      if (next < 0 || next - 1 - at > longest) return -1;
      keep();
      return next;
    },
    takeText(bytes, start, end, where) {
      const line = bytes.subarray(start, end);
      if (line.every(isBlank)) {
        fates.blank++;
        return end;
      }
      const text = decode(line);
      if (!reader) {
        if (text === undefined) {
          throw new TypeError(`Cannot parse "${file}": its header line is not UTF-8, maybe Latin-1; save it as UTF-8`);
        }
        takeHeader(text, where);
        return end;
      }
      const reason = text === undefined ? "invalid utf-8" : reader.readText(text);
      if (reason === undefined) {
        if (keep()) { for (const problem of row.problems) tally.rejectValue({ ...where, bytes: line }, problem); }
        return end;
      }
      // One of a file that was put behind another may begin with a byte order mark.
      const named = text?.replace(/^\ufeff/, "");
      const isAgain = header && named &&
        (SEPARATOR.test(named) || isHeaderAgain(named, header, form.delimiter, settings.timeColumns, {
          isBelow: where.number === headerLine + 1,
          isKey: (name) => settings.domains.some((domain) => hasKey(domain, name)),
        }));
      if (isAgain) {
        takeHeader(named, where);
        return end;
      }
      const next = bytes.indexOf(LF, start) + 1;
      // What is not UTF-8 may stand in a line that only a stray quote drew in.
      if (text === undefined && next < end) return sink.takeText(bytes, start, next, where);
      tally.rejectLine({ ...where, bytes: bytes.subarray(start, next) }, reason);
      return next;
    },
    refuse(beginning, { number, offset }, reason) {
      if (!reader) throw new TypeError(`Cannot parse "${file}": its header line cannot be read: ${reason}`);
      tally.rejectLine({ number, offset, bytes: beginning }, reason);
    },
    leave: () => void fates.pending++,
    endOf(bytes, start, end) {
      if (form.format === "csv") return endOfRecord(bytes, start, end, mark, longestQuoted, width);
      return bytes.indexOf(LF, start) + 1;
    },
  };
  return sink;
}
