import { UsageError } from "../contract/errors.ts";
import { checkTree } from "./check_tree.ts";
import { Children } from "./children.ts";
import { type Grants, resultsIn } from "./grants.ts";
import { guarded } from "./guards.ts";
import type { Wall } from "./launch.ts";
import { checkOutput, type OutputLimits, watchOutput } from "./output_limits.ts";
import type { Call, Done, Said, SaidOfFile } from "./protocol.ts";
import { takeResult, tryRemoveFolder } from "./take_result.ts";
import { Workload, workOf } from "./workload.ts";

/** A timer of more would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;
const INTERRUPTED = "The run was interrupted";

/** A call that went well, and what it reports; claims, since only its files count. */
export interface CallResult extends Said {
  /** What it reports of each file, where it had several. */
  readonly files: ReadonlyMap<string, SaidOfFile>;
  /** What it reports of each call, where it was several. */
  readonly several: readonly Said[];
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
  /** What calls are told and must not be passed on; where others call the children, too, these know of it. */
  readonly secrets?: readonly string[];
  /** Told what children of its own have printed, see `LaunchOptions`. */
  readonly onPrint?: (line: string) => void;
  /** Children that others call, too; by default the pool has its own, which end with it. */
  readonly children?: Children;
  /** How many steps call these from now on, this one included. */
  readonly steps?: number;
}

/** What makes the calls of one step: it sees to their limits, and takes their results. */
export class Pool implements AsyncDisposable {
  readonly #grants: Grants;
  readonly #options: PoolOptions;
  readonly #children: Children;
  readonly #results: string;
  readonly #work: Workload;
  #closed = false;
  #checked = false;
  #obstacle: unknown;

  /** `grants.write` is the pool's: results end up below it, and its own children, if it has any, write there. */
  constructor(grants: Grants, options: PoolOptions) {
    this.#grants = grants;
    this.#options = options;
    this.#work = new Workload(options.steps);
    this.#results = resultsIn(grants.write);
    Deno.mkdirSync(this.#results, { recursive: true });
    this.#children = options.children ?? new Children(grants, { ...options, fileMb: options.output.megabytes });
  }

  /** Starts the first child before there is work for it; resolves when it gets ready whatever we do meanwhile. */
  warm(): Promise<void> {
    return this.#children.warm();
  }

  /**
   * Announces calls by what each counts as, see `workOf`: children that these are worth start at once, others once calls wait.
   */
  expect(calls: readonly number[]): void {
    this.#work.expect(calls);
    this.#children.prepare(this.#work, calls.length);
  }

  /** Runs `call` on the next free child. Rejects if the treatment throws, dies, takes too long or writes too much. */
  async run(call: Call, onProgress?: (done: number, total: number) => void): Promise<CallResult> {
    if (this.#obstacle !== undefined) throw this.#obstacle;
    try {
      return await this.#run(call, onProgress);
    } catch (error) {
      // To find the same for each of thousands of calls takes long.
      if (error instanceof UsageError) this.#obstacle = error;
      throw error;
    }
  }

  /** Whether no call can be made, whatever it is: something has failed that is not the treatment's. */
  get blocked(): boolean {
    return this.#obstacle !== undefined;
  }

  async #run(call: Call, onProgress?: (done: number, total: number) => void): Promise<CallResult> {
    if (this.#closed) throw new Error(INTERRUPTED);
    this.#checkOnce();
    const seat = await this.#children.take(this.#work);
    if (!seat) throw new Error(INTERRUPTED);
    seat.bytes = this.#work.begin(workOfCall(call));
    // Not while it starts: that takes as long whatever the call.
    seat.child.started.then(() => seat.since = performance.now());
    const output = `${seat.folder}/${crypto.randomUUID()}`;
    const limits = this.#watch(seat.folder);
    let healthy = false;
    try {
      Deno.mkdirSync(output, { recursive: true });
      const message = await Promise.race([seat.child.run({ ...call, output }, onProgress), limits.exceeded]);
      limits.stop();
      if (message.type === "error") {
        healthy = tryRemoveFolder(output);
        throw Object.assign(new Error(message.message), { stack: message.stack });
      }
      checkOutput(seat.folder, this.#options.output);
      const folder = guarded("take") ? `${this.#results}/${crypto.randomUUID()}` : output;
      if (guarded("take")) takeResult(seat.folder, output, folder);
      healthy = true;
      this.#work.finish(seat);
      const { metrics, warnings, files = {}, several = [] } = message as Done;
      return { metrics, warnings, files: new Map(Object.entries(files)), several, folder };
    } finally {
      limits.stop();
      await this.#children.giveBack(seat, { healthy });
    }
  }

  /** Says that no more calls come: while their results are published, the children end that nobody else will call. */
  rest(): void {
    const { children, steps = 1 } = this.#options;
    // What keeps them from ending is told when the pool is closed.
    if (!children || steps === 1) this.#children.close().catch(() => {});
  }

  /** Makes no more calls; its own children end, busy ones too, and what they did not finish is removed. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#options.children) await this.#children.close();
  }

  /** Whether it or its children were closed. */
  get closed(): boolean {
    return this.#closed || this.#children.closed;
  }

  /** Closes the pool at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Before the first call rather than at the start: a step's children start while the step before still writes. */
  #checkOnce(): void {
    if (this.#checked || !guarded("links")) return;
    const { read, hardLinks = [] } = this.#grants;
    try {
      for (const folder of read) checkTree(folder, { hardLinks: hardLinks.includes(folder) });
    } catch (error) {
      this.#obstacle = error;
      throw error;
    }
    this.#checked = true;
  }

  /** Watches a call that writes to `folder` until it is stopped; `exceeded` rejects once its time or its room is used up. */
  #watch(folder: string): { readonly exceeded: Promise<never>; readonly stop: () => void } {
    const { timeS, output } = this.#options;
    const { promise: exceeded, reject } = Promise.withResolvers<never>();
    const isLate = () =>
      reject(
        new Error(
          `It took longer than ${timeS} s and was stopped; ` +
            "if it needs more, say so with permissions.time_s in treatment.json",
        ),
      );
    const timer = guarded("time") ? setTimeout(isLate, Math.min(timeS * 1000, LONGEST_MS)) : undefined;
    const stopLooking = watchOutput(folder, output, reject);
    const stop = () => {
      clearTimeout(timer);
      stopLooking();
    };
    return { exceeded, stop };
  }
}

function workOfCall(call: Call): number {
  if (call.kind === "several") return call.runs.reduce((sum, run) => sum + workOf(run.files), 0);
  return call.kind === "run" ? workOf(call.files) : 0;
}
