/** The laws of the engine under many random histories: what a run leaves depends on raw files and params alone. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { kvLines, makeProject, type TestProject } from "../project.ts";
import { assertNoProcessLeft, assertTidy, FLOW, FOLDERS, killedRun } from "./kill_project.ts";
import { verify } from "./kill_resume.ts";

const RAW = "datasets/d/00_raw";
const DAY = 86_400;
const SEED = 5;

type Row = readonly [number, Readonly<Record<string, number>>];

/** Rows every five minutes around three midnights; what `seed` changes are values, and which of the days there are. */
function series(seed: number, rows = 36): Row[] {
  return Array.from({ length: rows }, (_, i) => [
    DAY * (1 + (i + seed) % 3) - 3600 + 300 * Math.floor(i / 3) + (i % 2),
    { m0: 100 + (i * 37 + seed) % 50, ...(i % 4 ? { m10: i % 7 } : {}), outdoor_temp: 8 + ((i + seed) % 10) / 4 },
  ]);
}

const file = fc.constantFrom("EXP_a_2026-01-21", "EXP_a_2026-01-22", "EXP_b_2026-01-21", "EXP_b");
const seed = fc.integer({ min: 0, max: 99 });

/** One thing that happens to a dataset between or during runs. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), file, seed }), // A new file, or a correction.
  fc.record({ kind: fc.constant("append" as const), file, seed }),
  fc.record({ kind: fc.constant("cut" as const), file, seed }), // The last line loses its end.
  fc.record({ kind: fc.constant("delete" as const), file, seed }),
  fc.record({ kind: fc.constant("rename" as const), file, seed, to: file }),
  fc.record({ kind: fc.constant("params" as const), seed }),
  fc.record({ kind: fc.constant("damage" as const), seed }),
  fc.record({ kind: fc.constant("lose" as const), seed }),
  fc.record({ kind: fc.constant("forget" as const), seed }), // The ledger is deleted.
  fc.record({ kind: fc.constant("run" as const), seed }),
  fc.record({ kind: fc.constant("kill" as const), seed, point: fc.integer({ min: 1, max: 160 }) }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** What a run from scratch makes of the raw files of `project`. */
async function fromScratch(project: TestProject, params: Record<string, unknown>): Promise<Record<string, string>> {
  using fresh = makeProject({ "flows/f.json": FLOW, [`${RAW}/.keep`]: "" });
  for (const name of project.list(RAW)) {
    Deno.copyFileSync(`${project.dir}/${RAW}/${name}`, `${fresh.dir}/${RAW}/${name}`);
  }
  const report = await fresh.run("f", { params });
  assertEquals(report.steps.flatMap(({ errors }) => errors), []);
  return fresh.hashes(...FOLDERS);
}

async function happen(project: TestProject, params: Record<string, unknown>, happening: Happening) {
  const raw = project.list(RAW);
  const pathOf = (name: string) => `${RAW}/${name}.csv`;
  const { seed } = happening;
  const options = { last: true, params, batchBytes: seed % 2 ? 1 : 1e9, outputMode: "replace" as const };
  const anyOutput = () => {
    const folder = FOLDERS[seed % FOLDERS.length]!;
    const names = project.list(folder);
    return names.length ? `${folder}/${names[seed % names.length]}` : undefined;
  };
  switch (happening.kind) {
    case "write":
      return project.write({ [pathOf(happening.file)]: kvLines(series(seed)) });
    case "append":
    case "cut": {
      const path = pathOf(happening.file);
      if (!raw.includes(`${happening.file}.csv`)) return;
      const text = project.read(path) + kvLines(series(seed, 5).map(([time, values]) => [time + 7200, values]));
      return project.write({ [path]: happening.kind === "cut" ? text.trimEnd() : text });
    }
    case "delete":
      if (raw.length > 1 && raw.includes(`${happening.file}.csv`)) project.remove(pathOf(happening.file));
      return;
    case "rename":
      if (!raw.includes(`${happening.file}.csv`)) return;
      return Deno.renameSync(`${project.dir}/${pathOf(happening.file)}`, `${project.dir}/${pathOf(happening.to)}`);
    case "params":
      params.max_gap_fill_s = 60 * (seed % 30);
      params.drop_duplicates = seed % 3 > 0;
      return;
    case "damage": {
      const path = anyOutput();
      if (path) {
        project.write({ [path]: seed % 2 ? "damaged" : Deno.readFileSync(`${project.dir}/${path}`).slice(0, -9) });
      }
      return;
    }
    case "lose": {
      const path = anyOutput();
      if (path) project.remove(path);
      return;
    }
    case "forget":
      for (const suffix of ["", "-wal", "-shm"]) {
        try {
          project.remove(`datasets/d/.myx/state.sqlite${suffix}`);
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
      return;
    case "run":
      await project.run("f", options);
      return;
    case "kill":
      await killedRun(project.dir, happening.point, options);
      return await assertNoProcessLeft(project.dir);
  }
}

Deno.test("any history of raw files, params, damage and kills ends where one full run from scratch ends", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 9 }), async (history) => {
      using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-21.csv`]: kvLines(series(0)) });
      const params: Record<string, unknown> = {};
      await project.run("f");
      let forgotten = false;
      for (const step of history) {
        await happen(project, params, step);
        forgotten ||= step.kind === "forget";
      }
      // Files that no ledger knows are removed only where a step starts from empty.
      const outputMode = forgotten ? "full-replace" : "replace";
      const report = await project.run("f", { last: true, outputMode, params });
      assertEquals(report.steps.flatMap(({ errors }) => errors), []);
      assertEquals(project.hashes(...FOLDERS), await fromScratch(project, params));
      assertEquals(verify(project, params), []);
      assertEquals((await project.run("f", { last: true, outputMode: "replace", params })).status, "up-to-date");
      assertTidy(project);
    }),
    { numRuns: 60, seed: SEED, endOnFailure: true },
  );
});

Deno.test("any split of the rows over raw files, in any order of runs and batches, gives the same bytes", async () => {
  const rows = series(2, 60).toSorted((a, b) => a[0] - b[0]);
  const source = (part: readonly Row[], name: string) => ({ [`${RAW}/${name}.csv`]: kvLines(part) });
  using whole = makeProject({ "flows/f.json": FLOW, ...source(rows, "EXP_a") });
  await whole.run("f");
  const expected = whole.hashes(...FOLDERS);
  const split = fc.record({
    places: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 60, maxLength: 60 }),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
    between: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    small: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(split, async ({ places, order, between, small }) => {
      using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/.keep`]: "" });
      const batchBytes = small ? 1 : 1e9;
      for (const [i, place] of order.entries()) {
        // Rows of equal time stay together: their order is that of the files.
        const part = rows.filter(([time]) => places[Math.floor(time / 2) % 60] === place);
        if (!part.length) continue;
        // Within a file, rows of different time may stand in any order.
        project.write(source(small ? part.toReversed() : part, `EXP_a_2026-01-2${place}`));
        if (between[i]) await project.run("f", { last: true, batchBytes });
      }
      await project.run("f", { last: true, batchBytes });
      assertEquals(project.hashes(...FOLDERS), expected);
    }),
    { numRuns: 25, seed: SEED, endOnFailure: true },
  );
});

Deno.test("a run that is repeated, with one job or with eight, day by day or all at once, gives the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(seed, { minLength: 2, maxLength: 4 }),
      fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
      async (seeds, order) => {
        const raw = Object.fromEntries(
          seeds.map((seed, i) => [`${RAW}/EXP_${i % 2}_2026-01-2${i}.csv`, kvLines(series(seed))]),
        );
        using once = makeProject({ "flows/f.json": FLOW, ...raw });
        await once.run("f", { jobs: 8 });
        const expected = once.hashes(...FOLDERS);
        assert(Object.keys(expected).length > 10);
        await once.run("f", { jobs: 1 });
        assertEquals(once.hashes(...FOLDERS), expected);

        using daily = makeProject({ "flows/f.json": FLOW, ...raw });
        const days = [...new Set(once.list(FOLDERS[0]!).map((name) => name.match(/\d{4}-\d\d-\d\d/)![0]))].sort();
        for (const i of [...order.filter((i) => i < days.length), ...days.keys()]) {
          await daily.run("f", { from: days[i]!, to: days[i]!, jobs: 2 });
        }
        assertEquals(daily.hashes(...FOLDERS.slice(0, -1)), once.hashes(...FOLDERS.slice(0, -1)));
        await daily.run("f", { last: true });
        assertEquals(daily.hashes(...FOLDERS), expected);
      },
    ),
    { numRuns: 10, seed: SEED, endOnFailure: true },
  );
});
