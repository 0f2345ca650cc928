import { assertEquals } from "@std/assert";
import { cutBatches, cutCalls, cutPacks } from "../../../core/engine/cut_work.ts";
import type { PlannedUnit, StepPlan } from "../../../core/engine/plan.ts";
import type { StepState } from "../../../core/engine/workspace.ts";

const MB = 2 ** 20;

/** How many of files of these sizes each call takes. */
function cut(sizes: readonly number[], jobs: number, pack: boolean | number = 32, ending = "csv"): number[] {
  const units = sizes.map((size, i) => ({ key: `${i}`, own: [{ name: `${i}.${ending}`, size }], halo: [] }));
  const plan = { units } as unknown as StepPlan;
  const state = { step: { treatment: { pack } } } as unknown as StepState;
  return cutPacks(state, plan, units as unknown as PlannedUnit[], jobs).map(({ length }) => length);
}

/** So many files of equal size. */
function files(count: number, size: number): number[] {
  return Array(count).fill(size);
}

Deno.test("a call takes as many days as leave each child some", () => {
  assertEquals(cut(files(1, 11 * MB), 2), [1]);
  assertEquals(cut(files(4, 11 * MB), 2), [2, 2]);
  assertEquals(cut([11 * MB, 11 * MB + 1, 11 * MB, 11 * MB], 2), [2, 2]);
  assertEquals(cut(files(4, 11 * MB), 4), [1, 1, 1, 1]);
  assertEquals(cut(files(4, 11 * MB), 64), [1, 1, 1, 1]);
});

Deno.test("a call takes no more than it is declared to, however much there is", () => {
  assertEquals(cut(files(6, 11 * MB), 1), [2, 2, 2]);
  assertEquals(cut(files(6, 11 * MB), 1, 33), [3, 3]);
  assertEquals(cut(files(12, 11 * MB), 2, 64), [3, 3, 3, 3]);
  assertEquals(cut(files(4, MB / 2), 1, true), [2, 2]);
  assertEquals(cut([1, 32 * MB, 300 * MB, 1], 1), [1, 1, 1, 1]);
});

Deno.test("of compressed files a call takes fewer", () => {
  assertEquals(cut(files(6, 4 * MB), 1, 32, "csv.gz"), [1, 1, 1, 1, 1, 1]);
  assertEquals(cut(files(6, 4 * MB), 1, 32), [6]);
});

Deno.test("a call takes several hundred tiny files, whatever the number of jobs", () => {
  assertEquals(cut(files(5000, 2000), 64), Array(10).fill(500));
  assertEquals(cut(files(3, 0), 2), [3]);
});

Deno.test("a call takes only files side by side among all of them, and none that cannot be read with others", () => {
  const units = [..."abcdefg"].map((key) => ({
    key,
    own: [{ name: `${key}.csv`, size: 1 }],
    halo: [],
    ...(key === "e" ? { broken: "no text" } : {}),
  }));
  const state = { step: { treatment: { pack: true } } } as unknown as StepState;
  const wanted = units.filter(({ key }) => key !== "c") as unknown as PlannedUnit[];
  const packs = cutPacks(state, { units } as unknown as StepPlan, wanted, 1);
  assertEquals(packs.map((pack) => pack.map(({ key }) => key).join("")), ["ab", "d", "e", "fg"]);
});

Deno.test("a batch takes files of one source before those of the next, until it is full", () => {
  const names = ["a_2026-01-20", "ab_2026-01-20", "a_2026-01-21", "ab_2026-01-21"].map((name) => `${name}.csv`);
  const units = names.map((key) => ({ key, own: [{ name: key, size: 10 }] })) as unknown as PlannedUnit[];
  const batches = cutBatches(units, 20).map((batch) => batch.map(({ key }) => key));
  assertEquals(batches, [[names[0]!, names[2]!], [names[1]!, names[3]!]]);
});

Deno.test("a treatment that takes one file at a time has a call for each", () => {
  assertEquals(cut(files(3, 10), 1, false), [1, 1, 1]);
});

const KB = 2 ** 10;

/** How many partitions, each of a file of such a size, each call computes; `more` is what is said of each and of the treatment. */
function cutSmall(
  sizes: readonly number[],
  jobs: number,
  more: { rows?: number; halo?: number; broken?: number; treatment?: object } = {},
): number[] {
  const units = sizes.map((size, i) => ({
    key: `${i}`,
    own: [{ name: `${i}.parquet`, size }],
    halo: Array(more.halo ?? 1).fill({ name: "next.parquet", size: 100 * MB }),
    contents: new Map([[`${i}.parquet`, { rows: more.rows ?? 1 }]]),
    ...(i === more.broken ? { broken: "no Parquet" } : {}),
  }));
  const treatment = { origin: "built-in", permissions: {}, ...more.treatment };
  const state = { step: { treatment } } as unknown as StepState;
  const calls = cutCalls(state, units as unknown as PlannedUnit[], jobs);
  assertEquals(calls.flat() as unknown, units);
  return calls.map(({ length }) => length);
}

Deno.test("small partitions share calls, of which each child has some", () => {
  assertEquals(cutSmall(files(1000, 4 * KB), 1), [...files(17, 56), 48]);
  assertEquals(cutSmall(files(64, 32 * KB), 2), files(8, 8));
  assertEquals(cutSmall(files(64, 32 * KB), 16), files(32, 2));
});

Deno.test("a call takes no more small partitions than are published soon", () => {
  assertEquals(cutSmall(files(1000, 224 * KB), 1), files(125, 8));
  // However few bytes they take: of a sensor that sleeps, all rows are equal.
  assertEquals(cutSmall(files(100, 4 * KB), 1, { rows: 86_400 }), files(20, 5));
  // However many files they look at.
  assertEquals(cutSmall(files(20, 4 * KB), 1, { halo: 400 }), files(20, 1));
});

Deno.test("a few small partitions are one call, and large ones have one each", () => {
  assertEquals(cutSmall([KB], 2), [1]);
  assertEquals(cutSmall(files(3, KB), 2), [3]);
  assertEquals(cutSmall([10 * MB, 10 * MB, KB, KB, 10 * MB], 1), [1, 1, 2, 1]);
  assertEquals(cutSmall([], 1), []);
});

Deno.test("a partition that reads nothing has a call, too", () => {
  const units = [{ key: "all", own: [], halo: [], contents: new Map() }] as unknown as PlannedUnit[];
  const state = { step: { treatment: { origin: "built-in", permissions: {} } } } as unknown as StepState;
  assertEquals(cutCalls(state, units, 1), [units]);
});

Deno.test("a partition that cannot be read has a call of its own", () => {
  assertEquals(cutSmall(files(5, KB), 1, { broken: 2, halo: 0 }), [2, 1, 2]);
  assertEquals(cutSmall(files(3, KB), 1, { broken: 0, halo: 0 }), [1, 2]);
});

Deno.test("a treatment that is not ours, or that asks for something, has a call for each partition", () => {
  assertEquals(cutSmall(files(3, KB), 1, { treatment: { origin: "project" } }), [1, 1, 1]);
  assertEquals(cutSmall(files(3, KB), 1, { treatment: { permissions: { net: ["example.org:443"] } } }), [1, 1, 1]);
  assertEquals(cutSmall(files(3, KB), 1, { treatment: { permissions: { time_s: 1 } } }), [1, 1, 1]);
});
