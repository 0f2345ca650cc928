import { CONVERTED, TYPE } from "./format.ts";
import { exact, faultOf, type Integer } from "./integers.ts";
import { readChunk } from "./read_column.ts";
import { readFooter, type SchemaColumn } from "./read_footer.ts";
import type { Struct } from "./thrift_reader.ts";

/** A column that was read; null is `NaN`. */
export interface ColumnRead {
  readonly name: string;
  /** `time` is in microseconds since 1970. */
  readonly type: "int64" | "float64" | "time";
  readonly values: Float64Array;
}

/** What a file holds. */
export interface FileRead {
  readonly columns: readonly ColumnRead[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Which rows to read, all by default, and where columns of them come from. */
export interface ReadOptions {
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
  /** Makes an array whose values may be anything. */
  readonly allocate?: (length: number) => Float64Array;
}

/**
 * Reads rows `offset` to `offset + limit` (excluded) of a Parquet file with flat columns of numbers and times, whoever
 * wrote it.
 *
 * @throws {TypeError} If it is none, has a column of another type, or a whole number above 2^53 in size.
 */
export function readFile(
  bytes: Uint8Array,
  { offset = 0, limit = Infinity, allocate = (length: number) => new Float64Array(length) }: ReadOptions = {},
): FileRead {
  const footer = readFooter(bytes);
  const first = Math.min(offset, footer.rows);
  const rows = Math.min(limit, footer.rows - first);
  const columns = footer.columns.map((column, i): ColumnRead => {
    const { type, milliseconds, nanoseconds } = meaning(column);
    const values = allocate(rows);
    const stored = {
      type: column.type!,
      optional: column.optional,
      integer: integerOf(column, nanoseconds ? 1000n : 1n),
    };
    let groupStart = 0;
    for (const group of footer.groups) {
      const from = Math.max(0, first - groupStart);
      const to = Math.min(group.rows, first + rows - groupStart);
      const chunk = group.chunks[i];
      if (!chunk) throw new TypeError("it is damaged");
      if (from < to) {
        const part = { from, to, out: values, at: groupStart + from - first };
        try {
          readChunk(bytes, chunk, stored, part);
          if (milliseconds) toMicros(values.subarray(part.at, part.at + to - from));
        } catch (cause) {
          throw new TypeError(`column "${column.name}": ${faultOf(cause)}`, { cause });
        }
      }
      groupStart += group.rows;
    }
    return { name: column.name, type, values };
  });
  return { columns, metadata: footer.metadata };
}

/** Of milliseconds. A null stays one. */
function toMicros(values: Float64Array): void {
  for (let row = 0; row < values.length; row++) {
    const micros = values[row]! * 1000;
    values[row] = Math.abs(micros) > 2 ** 53 ? exact(BigInt(values[row]!) * 1000n) : micros;
  }
}

interface Meaning {
  readonly type: ColumnRead["type"];
  /** The unit of a time that is not in microseconds. */
  readonly milliseconds?: boolean;
  readonly nanoseconds?: boolean;
}

/** What a column holds, and in what unit where that is a time. */
function meaning(column: SchemaColumn): Meaning {
  const { type, logical, converted } = column;
  const timestamp = logical?.[8] as Struct | undefined;
  if (!column.nested && type === TYPE.int64) {
    const unit = timestamp?.[2] as Struct | undefined;
    if (unit?.[1] || (!logical && converted === CONVERTED.timestampMillis)) return { type: "time", milliseconds: true };
    if (unit?.[2] || (!logical && converted === CONVERTED.timestampMicros)) return { type: "time" };
    if (unit?.[3]) return { type: "time", nanoseconds: true };
  }
  if (!column.nested && type === TYPE.int96) return { type: "time" };
  const float = type === TYPE.float || type === TYPE.double;
  const whole = type === TYPE.int32 || type === TYPE.int64;
  // Of the types of whole numbers, only plain ones are numbers: a date is none, nor is a decimal.
  const plain = logical ? logical[10] !== undefined : converted === undefined || converted >= CONVERTED.uint8;
  if (!column.nested && (float || (whole && plain))) return { type: float ? "float64" : "int64" };
  throw new TypeError(`column "${column.name}" holds neither numbers nor times`);
}

function integerOf({ type, logical, converted }: SchemaColumn, divisor: bigint): Integer {
  const given = logical?.[10] as Struct | undefined;
  const unsigned = given
    ? given[2] === false
    : converted !== undefined && converted >= CONVERTED.uint8 && converted <= CONVERTED.uint64;
  return { bits: type === TYPE.int32 ? 32 : 64, signed: !unsigned, divisor };
}
