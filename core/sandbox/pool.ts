import { Child } from "./child.ts";
import type { Grants } from "./grants.ts";
import type { Job } from "./protocol.ts";

const INTERRUPTED = "The run was interrupted";

/** What a call that went well reports; claims, since only its files count. */
export interface CallResult {
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** Limits and size of a pool. */
export interface PoolOptions {
  /** How many children there may be. */
  readonly size: number;
  /** How many to start before there is work for them; the others start when they are needed. */
  readonly warm?: number;
  /** Wall-clock seconds that one call may take. */
  readonly timeS: number;
}

/** The children of one step, reused for call after call. */
export class Pool implements AsyncDisposable {
  readonly #grants: Grants;
  readonly #options: PoolOptions;
  readonly #idle: Child[] = [];
  readonly #busy = new Set<Child>();
  readonly #waiting: ((child: Child | undefined) => void)[] = [];
  #count = 0;
  #closed = false;

  constructor(grants: Grants, options: PoolOptions) {
    this.#grants = grants;
    this.#options = options;
    for (let i = 0; i < Math.min(options.warm ?? 0, options.size); i++) this.#idle.push(this.#start());
  }

  /** Runs `job` on the next free child. Rejects if the treatment throws, dies or takes too long. */
  async run(job: Job, onProgress?: (done: number, total: number) => void): Promise<CallResult> {
    if (this.#closed) throw new Error(INTERRUPTED);
    const child = this.#idle.pop() ?? (this.#count < this.#options.size ? this.#start() : await this.#wait());
    if (!child) throw new Error(INTERRUPTED);
    this.#busy.add(child);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const message = `It took longer than ${this.#options.timeS} s and was stopped; ` +
        `if it needs more, say so with permissions.time_s in treatment.json`;
      timer = setTimeout(() => reject(new Error(message)), this.#options.timeS * 1000);
    });
    let healthy = false;
    try {
      const message = await Promise.race([child.run(job, onProgress), timeout]);
      healthy = true;
      if (message.type === "error") throw Object.assign(new Error(message.message), { stack: message.stack });
      const { metrics, warnings } = message as CallResult;
      return { metrics, warnings };
    } finally {
      clearTimeout(timer);
      this.#busy.delete(child);
      if (healthy && !this.#closed) this.#release(child);
      else await this.#replace(child);
    }
  }

  /** Ends all children, busy ones too. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#idle, ...this.#busy].map((child) => child.kill()));
    for (const give of this.#waiting.splice(0)) give(undefined);
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes the pool at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #start(): Child {
    this.#count++;
    return new Child(this.#grants);
  }

  #wait(): Promise<Child | undefined> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(child: Child): void {
    const next = this.#waiting.shift();
    if (next) next(child);
    else this.#idle.push(child);
  }

  async #replace(child: Child): Promise<void> {
    await child.kill();
    this.#count--;
    if (!this.#closed && this.#waiting.length) this.#release(this.#start());
  }
}
