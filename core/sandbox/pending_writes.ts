const WRITES = ["writeFile", "writeTextFile", "copyFile", "mkdir"] as const;

/**
 * Remembers what a treatment begins to write, and returns a function that waits for it: a forgotten `await` must not end
 * in half a file. A write that fails without anybody looking ends the process, as in any program.
 */
export function trackWrites(): () => Promise<void> {
  const pending = new Set<Promise<void>>();
  const deno = Deno as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
  for (const name of WRITES) {
    const write = deno[name]!;
    deno[name] = async (...values) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      pending.add(promise);
      try {
        return await write(...values);
      } finally {
        pending.delete(promise);
        resolve();
      }
    };
  }
  return async () => {
    if (!pending.size) return;
    while (pending.size) await Promise.all(pending);
    // A failure that nobody handles is noticed at the end of this turn.
    await new Promise((resolve) => setTimeout(resolve));
  };
}
