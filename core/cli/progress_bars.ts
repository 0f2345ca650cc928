import type { FlowEvent } from "../engine/report.ts";
import { shown, tellRaw } from "./output.ts";
import { paint } from "./paint.ts";
import type { Progress } from "./progress.ts";
import { formatSpan } from "./table.ts";

/** Where bars are drawn, so that a test needs no terminal. */
export interface BarOptions {
  readonly write?: (text: string) => void;
  readonly now?: () => number;
  readonly columns?: () => number;
}

/** Milliseconds between two drawings. */
const EVERY = 80;
const UP_AND_CLEAR = "\x1b[1A\x1b[2K";

/** Progress for a terminal: one bar per running step, redrawn in place; a finished step stays as a line. */
export function progressBars(options: BarOptions = {}): Progress {
  const { write = tellRaw, now = () => performance.now(), columns = terminalColumns } = options;
  const running = new Map<string, { done: number; total: number }>();
  let drawn = 0;
  let last = -Infinity;

  const draw = (above = "") => {
    last = now();
    const width = columns();
    const bars = [...running].map(([step, { done, total }]) => `${bar(step, done, total, width)}\n`);
    write(UP_AND_CLEAR.repeat(drawn) + above + bars.join(""));
    drawn = bars.length;
  };

  return {
    event(event: FlowEvent): void {
      switch (event.type) {
        case "step":
          running.set(event.step, { done: 0, total: event.total });
          draw();
          break;
        case "progress":
          running.set(event.step, event);
          if (now() - last >= EVERY) draw();
          break;
        case "step-done":
          running.delete(event.report.name);
          draw(`${doneLine(event.report)}\n`);
          break;
        case "notice":
          draw(`${shown(event.message)}\n`);
          break;
        case "warning":
          // The summary lists warnings, grouped; here they would break the bars.
          break;
      }
    },
    close(): void {
      running.clear();
      draw();
    },
  };
}

/** `clean  [#########-----------]  12/40`, cut to the terminal so that it never wraps. */
function bar(step: string, done: number, total: number, width: number): string {
  const count = `${String(done).padStart(String(total).length)}/${total}`;
  const name = step.padEnd(14);
  const room = Math.min(40, width - name.length - count.length - 7);
  if (room < 5) return `${name} ${count}`.slice(0, Math.max(0, width - 1));
  const full = total === 0 ? room : Math.round((done / total) * room);
  return `${name} [${paint("green", "#".repeat(full))}${"-".repeat(room - full)}] ${count}`;
}

function doneLine(report: (FlowEvent & { type: "step-done" })["report"]): string {
  const { computed, fresh, failed, blocked, left = 0 } = report.partitions;
  const parts = [`${computed} computed`];
  if (fresh > 0) parts.push(`${fresh} fresh`);
  if (failed > 0) parts.push(paint("red", `${failed} failed`));
  if (blocked > 0) parts.push(paint("red", `${blocked} blocked`));
  if (left > 0) parts.push(paint("yellow", `${left} not come to`));
  return `${report.name.padEnd(14)} ${parts.join(", ")} in ${formatSpan(report.duration_ms)}`;
}

function terminalColumns(): number {
  try {
    // Some terminals, such as that of `script`, do not tell their size, or tell 0.
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}
