import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeRows, type Field } from "myx";

/** The same, value by value and with BigInt, as the manual of PostgreSQL has it. */
function reference(fields: readonly Field[], rows: number): number[] {
  const out: number[] = [];
  const put = (bytes: number, set: (view: DataView) => void) => {
    const view = new DataView(new ArrayBuffer(bytes));
    set(view);
    out.push(...new Uint8Array(view.buffer));
  };
  for (let row = 0; row < rows; row++) {
    put(2, (view) => view.setInt16(0, fields.length));
    for (const field of fields) {
      if (field.type === "text") {
        const bytes = new TextEncoder().encode(field.text);
        put(4, (view) => view.setInt32(0, bytes.length));
        out.push(...bytes);
        continue;
      }
      const value = field.values[row]!;
      if (Number.isNaN(value)) put(4, (view) => view.setInt32(0, -1));
      else if (field.type === "integer") {
        put(4, (view) => view.setInt32(0, 4));
        put(4, (view) => view.setInt32(0, value));
      } else {
        put(4, (view) => view.setInt32(0, 8));
        const epoch = BigInt(Date.UTC(2000, 0, 1)) * 1000n;
        if (field.type === "double precision") put(8, (view) => view.setFloat64(0, value));
        else put(8, (view) => view.setBigInt64(0, BigInt(value) - (field.type === "timestamptz" ? epoch : 0n)));
      }
    }
  }
  return out;
}

const whole = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 32, -(2 ** 32), 2 ** 53, -(2 ** 53), NaN));
const cells = {
  timestamptz: fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) * 1000 }),
  bigint: whole,
  integer: fc.oneof(fc.integer(), fc.constant(NaN)),
  "double precision": fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 5e-324)),
};

const tables = fc.integer({ min: 0, max: 20 }).chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    fields: fc.array(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 30 }).map((text): Field => ({ type: "text", text })),
        ...Object.entries(cells).map(([type, cell]) =>
          fc.array(cell, { minLength: rows, maxLength: rows }).map((values) =>
            ({ type, values: Float64Array.from(values) }) as Field
          )
        ),
      ),
      { minLength: 1, maxLength: 6 },
    ),
    chunk: fc.integer({ min: 1, max: 300 }),
  })
);

Deno.test("encodeRows() gives what a value-by-value encoder gives, in chunks of whole rows", () => {
  fc.assert(fc.property(tables, ({ fields, rows, chunk }) => {
    const bytes: number[] = [];
    let count = 0;
    for (const part of encodeRows(fields, rows, { chunk })) {
      assertEquals((part[0]! << 8) + part[1]!, fields.length, "a chunk begins with a row");
      bytes.push(...part);
      count++;
    }
    assertEquals(bytes, reference(fields, rows));
    if (rows > 0) assert(count > 0);
  }));
});

Deno.test("encodeRows() keeps microseconds in the last year that stamps may have", () => {
  const time = Date.UTC(2199, 11, 31, 23, 59, 59) * 1000 + 999_999;
  const [chunk] = [...encodeRows([{ type: "timestamptz", values: Float64Array.of(time) }], 1)];
  const stored = new DataView(chunk!.buffer, chunk!.byteOffset + 6).getBigInt64(0);
  assertEquals(stored, BigInt(time) - 946_684_800_000_000n);
});

Deno.test("encodeRows() keeps chunks to their size where rows fit", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, row) => row);
  const sizes = [...encodeRows([{ type: "bigint", values }], values.length)].map((chunk) => chunk.length);
  assertEquals(sizes.reduce((sum, size) => sum + size, 0), 14 * values.length);
  assert(sizes.every((size) => size <= 2 ** 20));
  assertEquals(sizes.length, 2);
});
