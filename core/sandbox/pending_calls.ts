type Call = (this: unknown, ...values: unknown[]) => Promise<unknown>;

/** What a treatment does with files while its code goes on. What it reads, it mostly writes. */
const CALLS = [
  ...["open", "readFile", "readTextFile", "stat", "lstat"],
  ...["writeFile", "writeTextFile", "copyFile", "mkdir", "rename", "remove", "truncate"],
];
const FILE_CALLS = ["read", "write", "seek", "stat", "truncate", "sync", "syncData"];
/** How it reads what a server answers, before it writes that. */
const BODY_CALLS = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"];

/**
 * Remembers what a treatment begins to do with files, or asks of a server, and returns a function that waits for it: a
 * forgotten `await`, as in `files.forEach(async ...)`, must not end in half a file, or without it. What fails without
 * anybody looking ends the process, as in any program, and does so in the call that it belongs to.
 *
 * Code of ours begins nothing that it does not await, and is spared the module of Node's that a turn takes, a fifth of a
 * child's start. Only what lies beside it, as a lab's own treatment in the folder of myx, may begin something.
 */
export function trackCalls({ ours }: { readonly ours: boolean }): () => Promise<void> {
  const pending = new Set<Promise<void>>();
  let hasBegun = false;
  const takeTurns = () => (globalThis as unknown as { setImmediate(then: () => void): void }).setImmediate;
  // Before code of others can put another in its place.
  let turn = ours ? undefined : takeTurns();
  track(Deno, CALLS);
  track(Deno.FsFile.prototype, FILE_CALLS);
  trackFetch();
  return async () => {
    if (ours && !hasBegun) return;
    const next = turn ??= takeTurns();
    do {
      while (pending.size) await Promise.all(pending);
      // Who waited for it goes on; a failure that nobody handles is noticed at the end of this turn.
      await new Promise<void>((resolve) => next(resolve));
    } while (pending.size);
  };

  /** The class of answers takes as long to load as the rest of a start, so it is not touched before there is one. */
  function trackFetch(): void {
    const { fetch } = globalThis;
    let isFirst = true;
    globalThis.fetch = (...values) => {
      if (isFirst) track(Response.prototype, BODY_CALLS);
      isFirst = false;
      return fetch(...values);
    };
    track(globalThis, ["fetch"]);
  }

  function track(object: object, names: readonly string[]): void {
    const calls = object as Record<string, Call>;
    for (const name of names) {
      const call = calls[name]!;
      calls[name] = async function (...values) {
        const { promise, resolve } = Promise.withResolvers<void>();
        pending.add(promise);
        hasBegun = true;
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
