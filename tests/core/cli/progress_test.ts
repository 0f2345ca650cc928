import { assertEquals } from "@std/assert";
import { progressBars } from "../../../core/cli/progress_bars.ts";
import { progressLines } from "../../../core/cli/progress_lines.ts";
import type { FlowEvent, StepReport } from "../../../core/engine/report.ts";

const done: FlowEvent = {
  type: "step-done",
  report: {
    name: "parse",
    duration_ms: 9000,
    partitions: { total: 40, computed: 38, fresh: 0, failed: 1, blocked: 1 },
  } as StepReport,
};

function run(events: readonly [number, FlowEvent][], clock: { now: number }, event: (event: FlowEvent) => void): void {
  for (const [at, what] of events) {
    clock.now = at;
    event(what);
  }
}

const progress = (done: number): FlowEvent => ({ type: "progress", step: "parse", done, total: 40 });

Deno.test("progressLines() writes at most one line per interval and step", () => {
  const lines: string[] = [];
  const clock = { now: 0 };
  const { event } = progressLines({ write: (line) => lines.push(line), now: () => clock.now, every: 5000 });
  run(
    [
      [0, { type: "step", step: "parse", treatment: "parse", total: 40 }],
      [100, progress(1)],
      [4999, progress(11)],
      [5000, progress(12)],
      [5001, { type: "warning", step: "parse", message: "odd" }],
      [9000, progress(30)],
      [9001, done],
    ],
    clock,
    event,
  );
  assertEquals(lines, [
    "parse: 40 partitions",
    "parse 12/40 partitions",
    "parse: 38 computed, 0 fresh, 1 failed, 1 blocked in 9.0 s",
  ]);
});

Deno.test("progressBars() redraws running steps in place and leaves a line for a finished one", () => {
  let screen = "";
  const clock = { now: 0 };
  const options = { write: (text: string) => screen += text, now: () => clock.now, columns: () => 40 };
  const { event, close } = progressBars(options);
  run(
    [
      [0, { type: "step", step: "parse", treatment: "parse", total: 40 }],
      [10, progress(1)],
      [200, progress(20)],
      [300, done],
    ],
    clock,
    event,
  );
  close();
  const up = "\x1b[1A\x1b[2K";
  assertEquals(screen.split(up), [
    "parse          [--------------]  0/40\n",
    "parse          [#######-------] 20/40\n",
    "parse          38 computed, 1 failed, 1 blocked in 9.0 s\n",
  ]);
});

Deno.test("progressBars() never draws wider than the terminal", () => {
  for (const width of [1, 10, 20, 26, 27, 28, 80, 500]) {
    let screen = "";
    const { event } = progressBars({ write: (text) => screen += text, columns: () => width });
    event({ type: "step", step: "parse", treatment: "parse", total: 40 });
    assertEquals(screen.trimEnd().length < Math.max(2, width), true, `${width}: ${screen}`);
  }
});

Deno.test("progress tells what concerns the whole run at once, above the bars", () => {
  const notice: FlowEvent = { type: "notice", message: "Cannot write the log" };
  const lines: string[] = [];
  progressLines({ write: (line) => lines.push(line) }).event(notice);
  assertEquals(lines, ["Cannot write the log"]);
  const written: string[] = [];
  const bars = progressBars({ write: (text) => written.push(text), columns: () => 30 });
  bars.event({ type: "step", step: "parse", treatment: "parse", total: 40 });
  bars.event(notice);
  assertEquals(written.at(-1), "\x1b[1A\x1b[2KCannot write the log\nparse           0/40\n");
});
