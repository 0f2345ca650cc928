import { assertEquals, assertStringIncludes } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import type { PlannedUnit, StepPlan } from "../../../core/engine/plan.ts";
import type { Published } from "../../../core/engine/publish.ts";
import type { FlowEvent, PartitionError } from "../../../core/engine/report.ts";
import type { RunState } from "../../../core/engine/run_state.ts";
import { Tally } from "../../../core/engine/tally.ts";
import type { StepState } from "../../../core/engine/workspace.ts";

Deno.test("progress of partitions that share a call never goes back, and has one decimal", () => {
  const told: number[] = [];
  const onEvent = (event: FlowEvent) => {
    if (event.type === "progress") told.push(event.done);
  };
  const state = { step: { name: "s", treatment: { name: "t", partition: [] } } } as unknown as StepState;
  const run = { log: () => {}, onEvent, failures: { add: () => {} } } as unknown as RunState;
  const tally = new Tally(state, run, 4);
  const units = ["a", "b", "c", "d"].map((key) => ({ key, own: [], partition: {} }) as unknown as PlannedUnit);
  const [a, b, c, d] = units as [PlannedUnit, PlannedUnit, PlannedUnit, PlannedUnit];
  const done = { metrics: {}, warnings: [], rejects: 0 };
  tally.progress([a, b, c], 1 / 3);
  tally.progress([a, b, c], 2 / 3);
  tally.progress([d], 0.5);
  for (const unit of [a, b, c]) tally.computed(unit, done, 1);
  tally.failed(d, new Error("no"));
  assertEquals(told, [1, 2, 2.5, 2.8, 3.1, 3.5, 4]);
});

Deno.test("a treatment's full disk is told with what to do, a database's in the words of the database", () => {
  const full = "No space left on device (os error 28)";
  const errorsOf = (format: string, error: Error) => {
    const treatment = { name: "t", partition: [], output: { format } };
    const state = { step: { name: "s", treatment }, output: "/lab/40_aggregated" } as unknown as StepState;
    const run = { log: () => {}, onEvent: () => {}, signal: {} } as unknown as RunState;
    const tally = new Tally(state, run, 1);
    tally.error("all", error);
    return tally.report({ partitions: 1, files: 0 }).errors;
  };
  for (
    const [said, why] of [
      [full, "the disk is full"],
      [`Cannot write "a.parquet": ${full}`, "the disk is full"],
      ["Disk quota exceeded (os error 122)", "your quota is used up"],
    ]
  ) {
    const [{ partition, message, fix }] = errorsOf("csv", new Error(said)) as [PartitionError];
    assertEquals([partition, message], ["all", `Cannot write into "/lab/40_aggregated": ${why}`]);
    assertStringIncludes(fix!, "and run again; no file is half written");
  }
  const database = `Cannot write to database "lab": its disk is full (${full}); make room and run again`;
  assertEquals(errorsOf("none", new Error(database)), [{ partition: "all", message: database }]);
});

Deno.test("--debug is advised where it shows what in a treatment's code went wrong, and the error does not", () => {
  const treatment = { name: "t", partition: [], output: { format: "csv" }, origin: "project", codeDir: "/my lab/t" };
  const state = { step: { name: "s", treatment } } as unknown as StepState;
  const tally = new Tally(state, { log: () => {}, onEvent: () => {}, signal: {} } as unknown as RunState, 1);
  const fails = (message: string, at: string) =>
    tally.error(
      "all",
      Object.assign(new Error(message), { stack: `TypeError: ${message}\n    at run (file://${at}:1:8)` }),
    );
  fails("null has no x", "/my%20lab/t/run.ts");
  fails("it is int64 in one part and float64 in another", "/myx/core/data/merge.ts");
  fails(
    'Module not found "file:///my%20lab/t/gone.ts"\n    at file:///my%20lab/t/run.ts:1:8',
    "/myx/core/sandbox/host.ts",
  );
  const { errors } = tally.report({ partitions: 1, files: 0 });
  assertEquals(errors.map(({ fix }) => fix), [
    "Run it again with --debug to see where in its code",
    undefined,
    undefined,
  ]);
});

/** A tally of a step with so many partitions to compute, what it logs, and the warnings that it tells at once. */
function watched(total: number, { aborted = false, partition = [] as readonly string[] } = {}) {
  const logged: Record<string, unknown>[] = [];
  const told: string[] = [];
  const treatment = { name: "t", partition, output: { format: "parquet" } };
  const step = { name: "s", treatment, input: "10_in" };
  const state = { step, folder: "20_out", input: "/lab/10_in", output: "/lab/20_out" } as unknown as StepState;
  const run = {
    runId: "r",
    flow: "f",
    log: (entry: Record<string, unknown>) => logged.push(entry),
    onEvent: (event: FlowEvent) => event.type === "warning" && told.push(event.message),
    failures: { add: () => {} },
    signal: { aborted },
  } as unknown as RunState;
  return { tally: new Tally(state, run, total), logged, told };
}

/** A partition that is to be computed, of files with so many rows; of raw files nobody has counted them. */
function unitOf(key: string, ...rows: (number | null)[]): PlannedUnit {
  const own = rows.map((_, i) => ({ name: `${key}${i}` }));
  const contents = new Map(rows.map((rows, i) => [own[i]!.name, { rows }]));
  return { key, reason: "new", own, contents, partition: {} } as unknown as PlannedUnit;
}

Deno.test("a step's report and its log tell of the same rows, rejects and failures", () => {
  const { tally, logged } = watched(3);
  tally.computed(unitOf("a", 10, 5), { metrics: { odd: 1, ts_min: 5 }, warnings: ["odd"], rejects: 0 }, 1.4);
  tally.computed(unitOf("b", null), { metrics: { odd: 2, lines: 7 }, warnings: [], rejects: 2 }, 1.6);
  tally.failed(unitOf("c", 1), new MyxError("it does not", { fix: "Let it" }));
  tally.blocked(unitOf("d", 1));
  tally.published([{ name: "x.parquet", rows: 9 }, { name: "y.parquet", rows: 1 }] as Published[]);
  tally.published([{ name: "x.parquet", rows: 12 }] as Published[]); // More of its rows have come.
  const { duration_ms, ...report } = tally.report({ partitions: 6, files: 4 });
  const counts = { rows_in: 22, rows_out: 13, rejects: 2 };
  assertEquals({ ...report, metrics: { ...report.metrics } }, {
    ...{ name: "s", treatment: "t", input: "10_in", output: "20_out", status: "error" },
    partitions: { total: 6, computed: 2, fresh: 2, failed: 1, blocked: 1 },
    files: { written: 2, total: 4 },
    ...counts,
    metrics: { odd: 3, lines: 7 },
    errors: [{ partition: "c", message: "it does not", fix: "Let it" }],
    warnings: ["a: odd"],
  });
  const step = {
    run_id: "r",
    flow: "f",
    step: "s",
    treatment: "t",
    input_dir: "/lab/10_in",
    output_dir: "/lab/20_out",
  };
  assertEquals(logged, [
    { ...step, status: "start" },
    { ...step, status: "success", partition: "a", duration_ms: 1, rows_in: 15, rejects: 0, reason: "new" },
    { ...step, status: "success", partition: "b", duration_ms: 2, rows_in: 7, rejects: 2, reason: "new" },
    { ...step, status: "error", partition: "c", error: "it does not" },
    { ...step, status: "skip", partition: "d", error: "a partition it needs failed" },
    { ...step, status: "error", duration_ms, ...counts },
  ]);
});

Deno.test("a step on raw files lists what was counted of each as a whole, but nothing of one that failed", () => {
  const { tally } = watched(3, { partition: ["file"] });
  const raw = (file: string) => ({ ...unitOf(file, null), partition: { file } });
  const metrics = { lines: 2, "rows:bio_signal": 1, ts_min: 5 };
  tally.computed(raw("b.csv"), { metrics, warnings: [], rejects: 0 }, 1);
  // As counted by earlier runs.
  tally.listFile(raw("a.csv"), { lines: 3 });
  tally.listFile(raw("c.csv"), { lines: 4 });
  tally.failed(raw("c.csv"), new Error("it is damaged"));
  const { raw_files } = tally.report({ partitions: 3, files: 0 });
  assertEquals(raw_files, [{ file: "a.csv", lines: 3 }, { file: "b.csv", lines: 2 }]);
});

Deno.test("a step is sealed only where it has nothing to tell, and tells the same words once", () => {
  const plan = { units: [unitOf("a")] } as unknown as StepPlan;
  assertEquals(watched(0).tally.sealable(plan, 4), { partitions: 1, files: 4, perFile: {} });
  const acts: ((tally: Tally) => void)[] = [
    (tally) => tally.computed(unitOf("a", 1), { metrics: {}, warnings: [], rejects: 0 }, 1),
    (tally) => tally.error("a", new Error("it is damaged")),
    (tally) => tally.blocked(unitOf("a")),
    (tally) => tally.warn("odd"),
  ];
  for (const act of acts) {
    const { tally } = watched(1);
    act(tally);
    assertEquals(tally.sealable(plan, 4), undefined);
  }
  const { tally, told } = watched(0);
  for (const text of ["odd", "odd", "other"]) tally.warn(text);
  assertEquals([told, tally.report({ partitions: 0, files: 0 }).warnings], [["odd", "other"], ["odd", "other"]]);
});

Deno.test("a step that had nothing to do is skipped, and one that is interrupted says how much is left", () => {
  const done = { metrics: {}, warnings: [], rejects: 0 };
  const end = (total: number, computed: readonly string[], aborted = false) => {
    const { tally, logged } = watched(total, { aborted });
    for (const key of computed) tally.computed(unitOf(key, 1), done, 1);
    const { status, partitions: { computed: count, fresh, left } } = tally.report({ partitions: 3, files: 0 });
    return [status, count, fresh, left, logged.at(-1)!.error];
  };
  assertEquals(end(0, []), ["skip", 0, 3, undefined, undefined]);
  assertEquals(end(2, ["a", "b"]), ["success", 2, 1, undefined, undefined]);
  assertEquals(end(3, ["a"], true), ["error", 1, 0, 2, "interrupted"]);
  const { tally } = watched(1);
  assertEquals(tally.hasErrors(), false);
  tally.blocked(unitOf("a"));
  assertEquals(tally.hasErrors(), true);
});
