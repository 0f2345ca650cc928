/** The moments at which a run may die without leaving anything half done. */
export type FaultPoint = "write" | "fsync" | "rename" | "remove" | "sync-folder" | "commit";

let hook: ((point: FaultPoint) => void) | undefined;

/** Calls `listener` at each of these moments, before it happens: how the tests kill a run exactly there. */
export function onFaultPoint(listener: (point: FaultPoint) => void): void {
  hook = listener;
}

/** Marks a moment at which a run may die. */
export function faultPoint(point: FaultPoint): void {
  hook?.(point);
}
