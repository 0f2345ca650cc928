import { isThere } from "../contract/project.ts";

/** How patient a watch is, in milliseconds. */
export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Wait until nothing has changed for so long: loggers write a line at a time. */
  readonly quietMs: number;
  /** But not longer than this while changes go on. */
  readonly longestMs: number;
  /** Look again after so long without a sign of change: network drives send none, and pending lines ripen. */
  readonly everyMs: number;
  /** Told why nobody can be asked for signs of change, at each look: other programs may have all that the system allows. */
  readonly onBlind?: (error: unknown) => void;
}

const TICK_MS = 100;

/**
 * Does `work` now and whenever files in `folders` have changed, never twice at once, until interrupted. These are asked for
 * before each work, and one may go away and come back, as a network drive does: it is watched again from the next look on.
 */
export async function watchFolders(
  folders: () => readonly string[],
  work: () => Promise<void>,
  { signal, quietMs, longestMs, everyMs, onBlind }: WatchOptions,
): Promise<void> {
  while (!signal.aborted) {
    // Anew for each round, and before the work: of a folder that was another one meanwhile the system tells nothing.
    using watcher = watchThose(folders(), onBlind);
    let first: number | undefined;
    let last = 0;
    const listening = (async () => {
      for await (const { kind } of watcher ?? []) {
        if (kind === "access") continue;
        last = performance.now();
        first ??= last;
      }
    })();
    const start = performance.now();
    await work();
    while (!signal.aborted) {
      const now = performance.now();
      if (first !== undefined && (now - last >= quietMs || now - first >= longestMs)) break;
      if (now - start >= everyMs) break;
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    watcher?.close();
    await listening;
  }
}

/** Watches those of the folders that are there, if the system can. */
function watchThose(folders: readonly string[], onBlind: WatchOptions["onBlind"]): Deno.FsWatcher | undefined {
  try {
    const there = folders.filter((folder) => isThere(folder, "isDirectory"));
    return there.length ? Deno.watchFs(there, { recursive: false }) : undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) onBlind?.(error); // Else it is gone since.
    return undefined;
  }
}
