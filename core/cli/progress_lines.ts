import type { FlowEvent } from "../engine/report.ts";
import { tell } from "./output.ts";
import type { Progress } from "./progress.ts";
import { formatSpan, plural } from "./table.ts";

/** Where lines go and how often, so that a test needs neither a stderr nor patience. */
export interface LineOptions {
  readonly write?: (line: string) => void;
  readonly now?: () => number;
  /** Milliseconds between two lines of one step. */
  readonly every?: number;
}

/** Progress for logs, cron mails and pipes: a line per step, and one every few seconds while it runs. */
export function progressLines(options: LineOptions = {}): Progress {
  const { write = tell, now = () => performance.now(), every = 5000 } = options;
  const last = new Map<string, number>();
  return {
    event(event: FlowEvent): void {
      switch (event.type) {
        case "step":
          last.set(event.step, now());
          if (event.total > 0) write(`${event.step}: ${plural(event.total, "partition")}`);
          break;
        case "progress":
          if (now() - (last.get(event.step) ?? 0) < every) return;
          last.set(event.step, now());
          write(`${event.step} ${event.done}/${event.total} partitions`);
          break;
        case "step-done": {
          const { name, duration_ms, partitions: { computed, fresh, failed, blocked, left = 0 } } = event.report;
          const troubles = failed + blocked > 0 ? `, ${failed} failed, ${blocked} blocked` : "";
          const rest = left > 0 ? `, ${left} not come to` : "";
          write(`${name}: ${computed} computed, ${fresh} fresh${troubles}${rest} in ${formatSpan(duration_ms)}`);
          break;
        }
        case "notice":
          write(event.message);
          break;
        case "warning":
          // The summary lists warnings, grouped; here they would drown what is shown.
          break;
      }
    },
    close(): void {},
  };
}
