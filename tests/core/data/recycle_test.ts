import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { borrowColumn, recycle, type Table } from "myx";

function tableOf(...columns: Float64Array[]): Table {
  const [ts, ...rest] = columns as [Float64Array, ...Float64Array[]];
  return { ts, columns: rest.map((values, i) => ({ name: `m${i}`, type: "float64", values })) };
}

Deno.test("borrowColumn() never gives memory to two holders, whatever was handed back before", () => {
  const action = fc.tuple(fc.boolean(), fc.constantFrom(0, 1, 511, 512, 513, 86_400, 86_411));
  fc.assert(fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    const held: [Float64Array, number][] = [];
    for (const [i, [borrow, length]] of actions.entries()) {
      if (borrow || held.length === 0) {
        const column = borrowColumn(length).fill(i);
        assertEquals(column.length, length);
        held.push([column, i]);
      } else {
        const [column] = held.shift()!;
        // Named twice, and by a view: handed back once.
        recycle(tableOf(column, column.subarray(1), column), tableOf(column));
      }
      for (const [column, mark] of held) assert(column.every((value) => value === mark));
    }
    assertEquals(new Set(held.map(([{ buffer }]) => buffer)).size, held.length);
    recycle(...held.map(([column]) => tableOf(column)));
  }));
});

Deno.test("recycle() keeps what was used last: columns of a size that nobody asks for any more make room", () => {
  const fill = (size: number, count: number) => {
    recycle(...Array.from({ length: count }, () => tableOf(borrowColumn(size / 8))));
  };
  // To the brim, whatever was there before.
  fill(2 ** 23, 16);
  fill(2 ** 19, 16);
  const column = borrowColumn(123_456);
  recycle(tableOf(column));
  assert(borrowColumn(123_457).buffer === column.buffer);
  recycle(tableOf(column));
  // What nobody asked for meanwhile is gone, and is made anew.
  fill(2 ** 22, 16);
  assert(borrowColumn(123_457).buffer !== column.buffer);
});

Deno.test("borrowColumn() takes memory that is a bit larger, not far larger", () => {
  const column = borrowColumn(90_000);
  recycle(tableOf(column));
  assert(borrowColumn(60_000).buffer !== column.buffer);
  const other = borrowColumn(80_000);
  assert(other.buffer === column.buffer);
  assertEquals(other.length, 80_000);
});

Deno.test("recycle() takes memory back once, and leaves alone what was not borrowed", () => {
  const column = borrowColumn(70_000);
  recycle(tableOf(column));
  recycle(tableOf(column));
  assert(borrowColumn(70_000).buffer !== borrowColumn(70_000).buffer);
  const own = new Float64Array(65_536);
  recycle(tableOf(own));
  assert(borrowColumn(65_536).buffer !== own.buffer);
});
