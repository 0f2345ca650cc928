import { checkTree } from "./check_tree.ts";
import { Child } from "./child.ts";
import type { Grants } from "./grants.ts";
import { guarded } from "./guards.ts";
import type { Wall } from "./launch.ts";
import { checkOutput, type OutputLimits, watchOutput } from "./output_limits.ts";
import type { Call, Message, Said, SaidOfFile } from "./protocol.ts";
import { removeFolder, takeResult } from "./take_result.ts";

const INTERRUPTED = "The run was interrupted";

/** A call that went well, and what it reports; claims, since only its files count. */
export interface CallResult extends Said {
  /** What it reports of each file, where it had several. */
  readonly files: ReadonlyMap<string, SaidOfFile>;
  /** The folder that holds what it wrote, out of reach of any child. */
  readonly folder: string;
}

/** Limits and size of a pool. */
export interface PoolOptions {
  /** How many children there may be. */
  readonly size: number;
  /** Wall-clock seconds that one call may take. */
  readonly timeS: number;
  /** How much one call may write. */
  readonly output: OutputLimits;
  /** A second wall around each child. */
  readonly wall?: Wall;
}

/** A child and the folder that it alone may write. */
interface Seat {
  readonly child: Child;
  readonly folder: string;
  /** The call that it works on: since when, and how many bytes it reads. */
  since: number;
  bytes: number;
}

/** Starting one more child takes work, and so does its first call, whose code is slow until V8 has compiled it. */
const WORTH_A_CHILD_MS = 250;
const LOOK_AGAIN_MS = 50;
/** However little it reads, a call does not wait longer than this for a child that could be started. */
const PATIENCE_MS = 1000;
/** What a call takes beside reading, put as bytes. */
const CALL_BYTES = 2 ** 14;

/** The children of one step, reused for call after call. */
export class Pool implements AsyncDisposable {
  readonly #grants: Grants;
  readonly #options: PoolOptions;
  readonly #idle: Seat[] = [];
  readonly #busy = new Set<Seat>();
  readonly #waiting: PromiseWithResolvers<Seat | undefined>[] = [];
  readonly #children: string;
  readonly #results: string;
  #count = 0;
  /** Bytes that calls still to come read, those that calls read so far, and how long these took. */
  #ahead = 0;
  #done = 0;
  #doneMs = 0;
  #closed = false;
  #checked = false;

  /** `grants.write` is the pool's: its children get a folder each below it. */
  constructor(grants: Grants, options: PoolOptions) {
    this.#grants = grants;
    this.#options = options;
    this.#children = `${grants.write}/children-${crypto.randomUUID().slice(0, 8)}`;
    this.#results = resultsIn(grants.write);
    for (const folder of [this.#children, this.#results]) Deno.mkdirSync(folder, { recursive: true });
  }

  /** Starts the first child before there is work for it. */
  warm(): void {
    if (!this.#count) this.#idle.push(this.#start());
  }

  /** Announces calls by the bytes that each will read: they decide how many children are worth their start. */
  expect(calls: readonly number[]): void {
    for (const bytes of calls) this.#ahead += bytes + CALL_BYTES;
  }

  /** Runs `call` on the next free child. Rejects if the treatment throws, dies, takes too long or writes too much. */
  async run(call: Call, onProgress?: (done: number, total: number) => void): Promise<CallResult> {
    if (this.#closed) throw new Error(INTERRUPTED);
    this.#checkOnce();
    const seat = this.#idle.pop() ?? (this.#isWorthAnother() ? this.#start() : await this.#wait());
    if (!seat) throw new Error(INTERRUPTED);
    seat.bytes = bytesOf(call) + CALL_BYTES;
    // Not while it starts: that takes as long whatever the call.
    seat.since = Infinity;
    seat.child.started.then(() => seat.since = performance.now());
    this.#ahead = Math.max(this.#ahead - seat.bytes, 0);
    this.#busy.add(seat);
    const output = `${seat.folder}/${crypto.randomUUID()}`;
    const watch = new AbortController();
    let healthy = false;
    try {
      Deno.mkdirSync(output, { recursive: true });
      const limits = this.#limits(seat.folder, watch.signal);
      const message = await Promise.race([seat.child.run({ ...call, output }, onProgress), limits]);
      watch.abort();
      if (message.type === "error") {
        removeFolder(output);
        healthy = true;
        throw Object.assign(new Error(message.message), { stack: message.stack });
      }
      checkOutput(seat.folder, this.#options.output);
      const folder = guarded("take") ? `${this.#results}/${crypto.randomUUID()}` : output;
      if (guarded("take")) takeResult(seat.folder, output, folder);
      healthy = true;
      this.#done += seat.bytes;
      this.#doneMs += performance.now() - seat.since;
      const { metrics, warnings, files = {} } = message as Extract<Message, { type: "done" }>;
      return { metrics, warnings, files: new Map(Object.entries(files)), folder };
    } finally {
      watch.abort();
      this.#busy.delete(seat);
      if (healthy && !this.#closed) this.#release(seat);
      else await this.#replace(seat);
    }
  }

  /** Ends all children, busy ones too. What they did not finish is removed. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#idle, ...this.#busy].map(({ child }) => child.kill()));
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
    if (guarded("take")) removeFolder(this.#children);
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes the pool at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Before the first call rather than at the start: a step's children start while the step before still writes. */
  #checkOnce(): void {
    if (this.#checked || !guarded("links")) return;
    const { read, hardLinks = [] } = this.#grants;
    for (const folder of read) checkTree(folder, { hardLinks: hardLinks.includes(folder) });
    this.#checked = true;
  }

  /** Rejects when a call has used up its time or its room; never resolves. */
  #limits(folder: string, signal: AbortSignal): Promise<never> {
    const { timeS, output } = this.#options;
    return new Promise((_, reject) => {
      if (guarded("time")) {
        const timer = setTimeout(() => {
          reject(
            new Error(
              `It took longer than ${timeS} s and was stopped; ` +
                "if it needs more, say so with permissions.time_s in treatment.json",
            ),
          );
        }, timeS * 1000);
        signal.addEventListener("abort", () => clearTimeout(timer));
      }
      watchOutput(folder, output, signal).catch(reject);
    });
  }

  #start(): Seat {
    const folder = `${this.#children}/${this.#count}-${crypto.randomUUID().slice(0, 8)}`;
    Deno.mkdirSync(folder);
    const write = guarded("own-folder") ? folder : this.#children;
    const { output: { megabytes }, wall } = this.#options;
    const child = new Child({ ...this.#grants, write }, { fileMb: megabytes, ...(wall ? { wall } : {}) });
    this.#count++;
    return { child, folder, since: 0, bytes: 0 };
  }

  /** Whether the calls ahead would keep the children for longer than one more takes to be of use. */
  #isWorthAnother(): boolean {
    if (!this.#count || this.#isFull()) return !this.#count;
    const now = performance.now();
    const busy = [...this.#busy].map(({ since, bytes }) => (now - since) / bytes);
    const msPerByte = Math.max(this.#done ? this.#doneMs / this.#done : 0, ...busy);
    return this.#ahead * msPerByte / this.#count > WORTH_A_CHILD_MS;
  }

  #isFull(): boolean {
    return this.#count >= this.#options.size;
  }

  async #wait(): Promise<Seat | undefined> {
    const start = performance.now();
    const place = Promise.withResolvers<Seat | undefined>();
    this.#waiting.push(place);
    const timer = setInterval(() => {
      const isPatient = performance.now() - start < PATIENCE_MS;
      if (this.#closed || this.#isFull() || (isPatient && !this.#isWorthAnother())) return;
      try {
        this.#release(this.#start());
      } catch {
        clearInterval(timer); // No process or no room is left: those there are do the work.
      }
    }, LOOK_AGAIN_MS);
    try {
      return await place.promise;
    } finally {
      clearInterval(timer);
    }
  }

  #release(seat: Seat): void {
    const next = this.#waiting.shift();
    if (next) next.resolve(seat);
    else this.#idle.push(seat);
  }

  async #replace({ child, folder }: Seat): Promise<void> {
    try {
      await child.kill();
      if (guarded("take")) removeFolder(folder);
    } finally {
      this.#count--;
      if (!this.#closed && this.#waiting.length) this.#startInstead();
    }
  }

  /** Starts a child in the place of one that ended. */
  #startInstead(): void {
    try {
      this.#release(this.#start());
    } catch (error) {
      // With no child left nobody would ever call those that wait.
      if (!this.#count) { for (const { reject } of this.#waiting.splice(0)) reject(error); }
    }
  }
}

function bytesOf(call: Call): number {
  return call.kind === "run" ? call.files.reduce((sum, { size }) => sum + size, 0) : 0;
}

/** Where a pool whose `grants.write` is `folder` puts results. */
export function resultsIn(folder: string): string {
  return `${folder}/results`;
}
