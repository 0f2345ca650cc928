import { assertEquals } from "@std/assert";
import type { PlannedUnit } from "../../../core/engine/plan.ts";
import type { FlowEvent } from "../../../core/engine/report.ts";
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
  for (const message of [full, `Cannot write "a.parquet": ${full}`, "Disk quota exceeded (os error 122)"]) {
    assertEquals(errorsOf("csv", new Error(message)), [{
      partition: "all",
      message: 'Cannot write into "/lab/40_aggregated": the disk is full',
      fix: "Free some space and run again; no file is half written",
    }]);
  }
  const database = `Cannot write to database "lab": its disk is full (${full}); make room and run again`;
  assertEquals(errorsOf("none", new Error(database)), [{ partition: "all", message: database }]);
});
