/** A step of fewer files is planned before what it leaves behind is worth the time. */
const MANY_FILES = 10_000;

/**
 * Clears away what a look at so many files has left behind. By itself V8 does so when the heap has grown to a multiple of what
 * was last in use: years of files would take half as much memory again.
 */
export function collectGarbage(files: number): void {
  // A project's own task may start us without the flag that gives us this.
  if (files > MANY_FILES) (globalThis as { gc?: () => void }).gc?.();
}
