type Call = (this: unknown, ...values: unknown[]) => Promise<unknown>;

/** What a treatment does with files while its code goes on. What it reads, it mostly writes. */
const CALLS = [
  ...["open", "readFile", "readTextFile", "stat", "lstat"],
  ...["writeFile", "writeTextFile", "copyFile", "mkdir", "rename", "remove", "truncate"],
];
const FILE_CALLS = ["read", "write", "seek", "stat", "truncate", "sync", "syncData"];

/**
 * Remembers what a treatment begins to do with files, and returns a function that waits for it: a forgotten `await`, as in
 * `files.forEach(async ...)`, must not end in half a file, or without it. What fails without anybody looking ends the
 * process, as in any program, and does so in the call that it belongs to. Code of ours awaits all that it begins: it is
 * spared the module of Node's that a turn takes, a fifth of a child's start.
 */
export function trackCalls({ ours }: { readonly ours: boolean }): () => Promise<void> {
  if (ours) return () => Promise.resolve();
  const pending = new Set<Promise<void>>();
  const { setImmediate } = globalThis as unknown as { setImmediate(then: () => void): void };
  track(Deno, CALLS);
  track(Deno.FsFile.prototype, FILE_CALLS);
  return async () => {
    do {
      while (pending.size) await Promise.all(pending);
      // Who waited for it goes on; a failure that nobody handles is noticed at the end of this turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (pending.size);
  };

  function track(object: object, names: readonly string[]): void {
    const calls = object as Record<string, Call>;
    for (const name of names) {
      const call = calls[name]!;
      calls[name] = async function (...values) {
        const { promise, resolve } = Promise.withResolvers<void>();
        pending.add(promise);
        try {
          return await call.apply(this, values);
        } finally {
          pending.delete(promise);
          resolve();
        }
      };
    }
  }
}
