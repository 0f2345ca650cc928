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
