/** Near columns give what other columns give, are not written to by what only reads them, and never lie on each other. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { borrowNear, readParquet, recycle, reuse, type Table, writeParquet } from "myx";
import { begin, doubles, isNear, NEAR_ROOM, take } from "../../../core/kernels/arena.ts";
import {
  findRepeats,
  groupRows,
  invertRoots,
  judgeColumn,
  mapColumn,
  scatterColumn,
  sortRows,
  writeSteps,
} from "../../../core/kernels/column_loops.ts";
import { hasMargins, lendNear, MARGIN, takeBack, takeBackAll } from "../../../core/kernels/near.ts";
import { readFile } from "../../../core/parquet/read_file.ts";
import { summariseColumn } from "../../../core/kernels/summarise_column.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { poolOf } from "../sandbox/pool_of.ts";
import { column, value } from "./columns.ts";

const dir = makeTempDir();
/** Rows of a column that nothing is left behind but its margin. */
const WHOLE = 480;
const sorted = fc.array(fc.nat(3), { maxLength: 90, size: "max" })
  .map((steps) => Float64Array.from(steps, ((at) => (step: number) => at += step)(0)));

function near(values: Float64Array): Float64Array {
  const lent = lendNear(values.length)!;
  lent.set(values);
  return lent;
}

/** What `use` gives of columns and an allocator is the same where they are near, and these stay as they are. */
function assertSame(
  use: (columns: Float64Array[], allocate: (length: number) => Float64Array) => unknown,
  ...columns: Float64Array[]
): void {
  takeBackAll();
  const plain = copy(use(columns.map((values) => values.slice()), (length) => new Float64Array(length)));
  const lent = columns.map(near);
  // Neighbours notice what is written beyond an end.
  const [front, back] = [near(new Float64Array(MARGIN).fill(7)), near(new Float64Array(MARGIN).fill(7))];
  assertEquals(copy(use(lent, (length) => lendNear(length)!)), plain);
  for (const [i, values] of lent.entries()) assertEquals([...values], [...columns[i]!]);
  for (const values of [front, back]) assert(values.every((x) => x === 7));
}

function copy(result: unknown): unknown {
  return JSON.parse(JSON.stringify(result, (_, x) => ArrayBuffer.isView(x) ? [...x as Float64Array].map(String) : x));
}

Deno.test("kernels give of near columns what they give of others, and leave them as they are", () => {
  fc.assert(fc.property(sorted, column, (ts, values) => {
    assertSame(([ts]) => findRepeats(ts!), ts);
    assertSame(([ts]) => groupRows(ts!, { start: 0, freq: 4 }), ts);
    const steps = (out: Float64Array) => (writeSteps(out, 3, { start: 5, freq: 10 }), out);
    assertSame((_, allocate) => steps(allocate(values.length)));
    assertSame(([values], allocate) => {
      const out = allocate(values!.length);
      return [invertRoots(values!, out), out];
    }, values);
    assertSame(([values], allocate) => {
      const out = allocate(values!.length);
      return [mapColumn(values!, (x) => x > 3 ? x / 3 : NaN, out), out];
    }, values);
    assertSame(([values], allocate) => {
      const rows = Int32Array.from(values!, (_, i) => i).filter((i) => i % 3 > 0);
      const slots = rows.map((row) => row + 1);
      const amend = (cells: Float64Array) => void (cells[0] = 1);
      return scatterColumn(values!, { rows, slots, length: values!.length + 2, amend, allocate });
    }, values);
    assertSame(([values], allocate) => {
      const cut = (length: number) =>
        Uint32Array.from(
          { length: Math.ceil(values!.length / length) + 1 },
          (_, w) => Math.min(w * length, values!.length),
        );
      return summariseColumn(values!, [{ rows: cut(7) }, { rows: cut(30) }], [0.5, 0.1], allocate).map((summary) => [
        summary.quantile(0),
        summary.metric("mean") ?? "unknown",
        summary.metric("std") ?? "unknown",
        summary.quantile(1),
      ]);
    }, values);
  }));
});

Deno.test("near columns are sorted in place, as others are", () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat()), { maxLength: 60 }), (rows) => {
    takeBackAll();
    const columns = () => [rows.map(([time]) => time), rows.map(([, x]) => x)].map((list) => Float64Array.from(list));
    const [far, lent] = [columns(), columns().map(near)];
    for (const [ts, values] of [far, lent]) sortRows(ts!, [values!]);
    assertEquals(lent.map((values) => [...values]), far.map((values) => [...values]));
  }));
});

Deno.test("a near column is judged where it lies, with the rows of other days in its margins, or like any other", () => {
  const some = fc.array(value, { maxLength: 3 * MARGIN, size: "max" }).map((values) => Float64Array.from(values));
  fc.assert(fc.property(some, column, some, fc.nat(5), (before, values, after, cut) => {
    const rules = { min: -2, max: 15, missing: 1, outside: 2, block: 8 };
    const judge = (own: Float64Array) => {
      const marks = new Uint8Array(own.length);
      const found = judgeColumn(own, { before, after }, rules, marks);
      const spikes = found.markSpikes({ before: 2, after: 2, threshold: 3, mark: 4 }, marks);
      return copy({ own, values: found.values, ranges: found.ranges, out: found.outOfRange, spikes, marks });
    };
    takeBackAll();
    const front = near(new Float64Array(WHOLE).fill(7));
    const lent = near(values);
    const back = near(new Float64Array(WHOLE).fill(7));
    assertEquals(hasMargins(lent), true);
    // A part of a column has others around it, which are not to be written over.
    for (const [from, to] of [[cut, values.length], [0, values.length - cut]] as const) {
      if (!cut || from >= to) continue;
      assertEquals(judge(lent.subarray(from, to)), judge(values.slice(from, to)));
      const rest = (column: Float64Array) => [...column.subarray(0, from), ...column.subarray(to)];
      assertEquals(rest(lent), rest(values));
      lent.set(values);
    }
    assertEquals(judge(lent), judge(values.slice()));
    for (const other of [front, back]) assert(other.every((x) => x === 7));
  }));
});

Deno.test("Parquet files are the same of near columns, which writing does not change, and are read into near ones", () => {
  const rows = fc.array(fc.tuple(fc.nat(5), value), { maxLength: 300, size: "max" });
  fc.assert(
    fc.property(
      rows,
      fc.oneof(fc.nat(400), fc.nat(30_000)),
      fc.nat(40_000),
      fc.constantFrom(1, 130),
      (rows, offset, limit, times) => {
        takeBackAll();
        // Repeated, they take more than a page.
        const all = Array.from({ length: times }, () => rows).flat();
        const columns = [
          Float64Array.from(all, ((at) => ([step]) => at += step!)(0)),
          Float64Array.from(all, ([, x]) => x),
          Float64Array.from(all, ([step]) => step > 4 ? NaN : step),
        ];
        const tableOf = ([ts, a, b]: Float64Array[]): Table => ({
          ts: ts!,
          columns: [{ name: "a", type: "float64", values: a! }, { name: "b", type: "int64", values: b! }],
        });
        const lent = columns.map(near);
        writeParquet(`${dir}/far.parquet`, tableOf(columns));
        writeParquet(`${dir}/near.parquet`, tableOf(lent));
        assertEquals(Deno.readFileSync(`${dir}/near.parquet`), Deno.readFileSync(`${dir}/far.parquet`));
        for (const [i, values] of lent.entries()) assert(values.every((x, row) => Object.is(x, columns[i]![row])));
        const range = { offset, limit };
        // Each where it belongs, and nothing beyond.
        const sheet = near(new Float64Array(4 * (all.length + MARGIN)).fill(7));
        let used = 0;
        const allocate = (length: number) => {
          used += length + MARGIN;
          return sheet.subarray(used - length, used);
        };
        readFile(Deno.readFileSync(`${dir}/far.parquet`), { ...range, allocate });
        const rowsRead = Math.max(0, Math.min(limit, all.length - offset));
        assert(sheet.every((x, i) => x === 7 || (i < used && i % (rowsRead + MARGIN) >= MARGIN)));
        const [far, read] = [false, true].map((near) => readParquet(`${dir}/far.parquet`, { ...range, near }));
        assert(read!.ts.length < 512 || isNear(read!.ts));
        for (const [i, { values }] of read!.columns.entries()) {
          const there = far!.columns[i]!.values;
          assert(values.length === there.length && values.every((x, row) => Object.is(x, there[row])));
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("near columns never lie on each other, whatever was taken back before, nor on what kernels use", () => {
  const action = fc.tuple(
    fc.constantFrom("lend", "lend", "back", "reuse"),
    fc.constantFrom(0, 1, 300, WHOLE, WHOLE + MARGIN, 900, 86_400),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    takeBackAll();
    const held: [Float64Array, number][] = [];
    const widen = ({ buffer, byteOffset, length }: Float64Array) =>
      new Float64Array(buffer, byteOffset - 8 * MARGIN, length + 2 * MARGIN);
    const hold = (column: Float64Array, mark: number) => {
      widen(column).fill(mark);
      held.push([column, mark]);
    };
    for (const [i, [what, length]] of actions.entries()) {
      if (what === "lend" || !held.length) hold(lendNear(length)!, i);
      else {
        const [column] = held.shift()!;
        const again = what === "reuse" ? reuse(column, length) : undefined;
        if (again && again.byteOffset === column.byteOffset && isNear(again)) hold(again, i);
        else {
          // Named twice, and by a view: taken back once.
          for (const view of [column, column.subarray(1), column]) takeBack(view);
        }
      }
      begin();
      doubles(take(8000), 1000).fill(-1);
      for (const [column, mark] of held) assert(widen(column).every((x) => x === mark));
    }
  }));
});

Deno.test("results go where there is room for just so many", () => {
  takeBackAll();
  for (const columnOf of [near, (values: Float64Array) => values]) {
    const [values, column] = [columnOf(new Float64Array(3)), columnOf(new Float64Array(9).fill(7))];
    for (const length of [2, 4]) {
      const out = column.subarray(3, 3 + length);
      assertThrows(() => invertRoots(values, out), RangeError, `Cannot put 3 values into an array of ${length}`);
      assertThrows(() => mapColumn(values, (x) => x, out), RangeError);
    }
    assertEquals([...column], Array(9).fill(7));
  }
});

Deno.test("slices give a near column back, and once all are back, the room is whole again", () => {
  takeBackAll();
  for (let i = 0; i < 2000; i++) {
    const columns = [300, 500 * (i % 170), 86_000].map((length) => borrowNear(length));
    assert(columns.every((column) => column.length < 256 || isNear(column)));
    recycle(...columns.map((column) => ({ ts: column.subarray(1), columns: [] })));
  }
});

Deno.test("borrowNear() lends other columns where no room is left, and room is there again once they are recycled", () => {
  takeBackAll();
  const length = 2 ** 17;
  const columns = Array.from({ length: NEAR_ROOM / 8 / length + 1 }, () => borrowNear(length));
  const count = columns.filter(isNear).length;
  assert(count > 0.9 * NEAR_ROOM / 8 / length && count < columns.length);
  recycle({ ts: columns[0]!, columns: [] });
  assert(isNear(borrowNear(length)));
  assert(!isNear(borrowNear(length)));
  // The memory grows beneath them.
  columns[1]!.fill(5);
  begin();
  take(2 ** 27);
  assert(columns[1]!.every((x) => x === 5));
  takeBackAll();
});

Deno.test("what a call leaves borrowed is taken back when it ends", async () => {
  const code = `
    const { borrowNear } = await import("myx");
    const columns = Array.from({ length: 4 }, () => borrowNear(1e6));
    context.metric("near", columns.filter(({ buffer }) => buffer.resizable).length);
    if (context.partition.source === "fails") throw new Error("as it is meant to");`;
  await using held = poolOf(code, 1);
  for (let i = 0; i < 3; i++) assertEquals((await held.run()).metrics, { near: 4 });
  await assertRejects(() => held.runSeveral(["a", "fails"]));
  const { several } = await held.runSeveral(["a", "b", "c"]);
  assertEquals(several.map(({ metrics }) => metrics), Array(3).fill({ near: 4 }));
});
