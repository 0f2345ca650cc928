/** What the end of a Parquet file says of its columns. */
import { MAGIC, REPETITION } from "./format.ts";
import { damaged } from "./integers.ts";
import { readStruct, type Struct, type Value } from "./thrift_reader.ts";

/** A flat column. */
export interface SchemaColumn {
  readonly name: string;
  /** Physical type; `undefined` for a group of columns. */
  readonly type: number | undefined;
  readonly optional: boolean;
  /** A list, or a group of columns. */
  readonly nested: boolean;
  readonly converted: number | undefined;
  readonly logical: Struct | undefined;
}

/** Where a column's pages of one row group lie. */
export interface ChunkInfo {
  readonly codec: number;
  readonly values: number;
  readonly start: number;
}

/** A run of rows. */
export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly ChunkInfo[];
}

/** What the footer says. */
export interface Footer {
  readonly rows: number;
  readonly columns: readonly SchemaColumn[];
  readonly groups: readonly RowGroup[];
  readonly metadata: ReadonlyMap<string, string>;
}

const decoder = new TextDecoder();

/**
 * Reads the footer of a whole file.
 *
 * @throws {TypeError} If the bytes are no Parquet file, or one that is encrypted or cut short.
 */
export function readFooter(bytes: Uint8Array): Footer {
  const size = bytes.length;
  const magic = (at: number) => size < 12 ? "" : decoder.decode(bytes.subarray(at, at + 4));
  if (magic(0) === "PARE") throw new TypeError("it is encrypted");
  if (magic(0) !== MAGIC) throw new TypeError("it does not begin as one");
  if (magic(size - 4) !== MAGIC) throw new TypeError("it is cut short");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(size - 8, true);
  if (length > size - 12) throw damaged();
  return parseFooter(bytes.subarray(size - 8 - length, size - 8));
}

/**
 * Reads the footer itself, without the length and the magic word behind it.
 *
 * @throws {TypeError} If it is cut short or damaged.
 */
export function parseFooter(bytes: Uint8Array): Footer {
  const footer = readStruct({ bytes, at: 0 });
  const rows = count(footer[3]);
  const groups = structs(footer[4]).map((group) => (
    { rows: count(group[3]), chunks: structs(group[1]).map(chunkInfo) }
  ));
  const sum = groups.reduce((sum, group) => sum + group.rows, 0);
  // No writer leaves the schema out; zeros, as a crash may leave them, have nothing.
  if (footer[2] === undefined || !Number.isSafeInteger(rows) || sum !== rows) throw damaged();
  return {
    rows,
    columns: schemaColumns(structs(footer[2])),
    groups,
    metadata: new Map(structs(footer[5]).map((pair) => [text(pair[1]), text(pair[2])])),
  };
}

/** The columns at the top; what lies within a group is passed over. */
function schemaColumns([root, ...rest]: Struct[]): SchemaColumn[] {
  const columns: SchemaColumn[] = [];
  let at = 0;
  const pass = (): Struct => {
    const element = rest[at++];
    if (!element) throw damaged();
    for (let child = 0; child < Number(element[5] ?? 0); child++) pass();
    return element;
  };
  for (let child = 0; child < Number(root?.[5] ?? 0); child++) {
    const element = pass();
    columns.push({
      name: text(element[4]),
      type: element[1] as number | undefined,
      optional: element[3] === REPETITION.optional,
      nested: element[5] !== undefined || element[3] === REPETITION.repeated,
      converted: element[6] as number | undefined,
      logical: element[10] as Struct | undefined,
    });
  }
  return columns;
}

function chunkInfo(chunk: Struct): ChunkInfo {
  const data = chunk[3] as Struct | undefined;
  if (!data || chunk[1] !== undefined) throw new TypeError("its columns lie in other files");
  // Some writers give 0 for no dictionary.
  const start = Math.min(count(data[9]), count(data[11]) || Infinity);
  return { codec: count(data[4]), values: count(data[5]), start };
}

function structs(value: Value | undefined): Struct[] {
  return Array.isArray(value) ? value as Struct[] : [];
}

function count(value: Value | undefined): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

function text(value: Value | undefined): string {
  return value instanceof Uint8Array ? decoder.decode(value) : "";
}
