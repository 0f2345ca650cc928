/** Works through `items`, `limit` at a time, until done or interrupted. */
export async function forEach<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) {
      if (signal.aborted) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

/** What `work` brings, with `more` done beside it once it is on its way. */
export async function beside<T>(work: Promise<T>, more: () => Promise<void>): Promise<T> {
  const [result] = await Promise.all([work, rest().then(more)]);
  return result;
}

/**
 * Returns what is to be awaited between small pieces of work: now and then it rests for a moment, in which children are sent
 * and heard what is waiting. A turn of the event loop without rest (setImmediate) does not look at pipes.
 */
export function pacer(busyMs = 5): () => Promise<void> | undefined {
  let since = performance.now();
  const pause = async () => {
    await rest();
    since = performance.now();
  };
  return () => performance.now() - since > busyMs ? pause() : undefined;
}

function rest(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve));
}
