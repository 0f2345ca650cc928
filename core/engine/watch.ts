/** How patient a watch is, in milliseconds. */
export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Wait until nothing has changed for so long: loggers write a line at a time. */
  readonly quietMs: number;
  /** But not longer than this while changes go on. */
  readonly longestMs: number;
  /** Look again after so long without a sign of change: network drives send none, and pending lines ripen. */
  readonly everyMs: number;
}

const TICK_MS = 100;

/** Does `work` now and whenever files in `folders` have changed, never twice at once, until interrupted. */
export async function watchFolders(
  folders: readonly string[],
  work: () => Promise<void>,
  { signal, quietMs, longestMs, everyMs }: WatchOptions,
): Promise<void> {
  using watcher = Deno.watchFs([...folders], { recursive: false });
  let first: number | undefined;
  let last = 0;
  const listening = (async () => {
    for await (const { kind } of watcher) {
      if (kind === "access") continue;
      last = performance.now();
      first ??= last;
    }
  })();
  while (!signal.aborted) {
    first = undefined;
    const start = performance.now();
    await work();
    while (!signal.aborted) {
      const now = performance.now();
      if (first !== undefined && (now - last >= quietMs || now - first >= longestMs)) break;
      if (now - start >= everyMs) break;
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }
  watcher.close();
  await listening;
}
