import { MyxError } from "../contract/errors.ts";
import { readMeta } from "../data/metadata_key.ts";
import { MAGIC } from "../parquet/format.ts";
import { faultOf } from "../parquet/integers.ts";
import { parseFooter } from "../parquet/read_footer.ts";
import { explainReading } from "./disk_error.ts";

/** What the end of a Parquet file says; the file's own word, whoever wrote it. */
export interface Footer {
  readonly rows: number;
  /** Rows that are left when those of equal time count once; at least 1 for a file with rows that does not say. */
  readonly distinctTs: number;
}

const TAIL = 2 ** 16;
/** A stranger may have written the file, and a footer takes a hundred times its size in memory. */
const LARGEST = 16 * 2 ** 20;

/**
 * Reads the footer of a Parquet file, or returns `undefined` where it is no `parquet`, which by default its name says.
 *
 * @throws {TypeError} If the file is no Parquet.
 * @throws {MyxError} If the system does not let it be read, or {Deno.errors.NotFound} if it is gone.
 */
export function readFooter(path: string, parquet = path.endsWith(".parquet")): Footer | undefined {
  if (!parquet) return undefined;
  try {
    using file = Deno.openSync(path);
    const { size } = file.statSync();
    const tail = readTail(file, size, Math.min(size, TAIL));
    if (new TextDecoder().decode(tail.subarray(-4)) !== MAGIC) throw new TypeError("it does not end as one");
    const length = new DataView(tail.buffer).getUint32(tail.length - 8, true) + 8;
    const whole = length > tail.length ? readTail(file, size, length) : tail;
    const { rows, metadata } = parseFooter(whole.subarray(whole.length - length, -8));
    const said = Number(readMeta(metadata)?.distinct_ts);
    return { rows, distinctTs: said >= 0 && said <= rows ? said : Math.min(rows, 1) };
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw cause;
    // The disk's fault says nothing of the file.
    const explained = explainReading(cause, `"${path}"`);
    if (explained instanceof MyxError) throw explained;
    throw new TypeError(`Cannot read "${path}" as Parquet: ${faultOf(cause)}`, { cause });
  }
}

function readTail(file: Deno.FsFile, size: number, length: number): Uint8Array<ArrayBuffer> {
  if (length < 12 || length > size) throw new TypeError(`it has ${size} bytes and no footer`);
  if (length > LARGEST) throw new TypeError(`its footer has ${length} bytes, more than ${LARGEST}`);
  const tail = new Uint8Array(length);
  file.seekSync(size - length, Deno.SeekMode.Start);
  for (let at = 0; at < length;) at += file.readSync(tail.subarray(at)) ?? length;
  return tail;
}
