import type { FlowEvent } from "../engine/report.ts";
import { isDrawable } from "./paint.ts";
import { progressBars } from "./progress_bars.ts";
import { progressLines } from "./progress_lines.ts";

/** Shows how far a flow is; `close` leaves the terminal clean, also after an error. */
export interface Progress {
  event(event: FlowEvent): void;
  close(): void;
}

/** Bars on a terminal, plain lines elsewhere. */
export function startProgress(): Progress {
  return isDrawable() ? progressBars() : progressLines();
}
