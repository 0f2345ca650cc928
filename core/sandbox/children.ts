import { Child } from "./child.ts";
import { childrenIn, type Grants } from "./grants.ts";
import { guarded } from "./guards.ts";
import { guessedFolder } from "./guess.ts";
import type { LaunchOptions } from "./launch.ts";
import { tryRemoveFolder } from "./take_result.ts";
import type { Workload } from "./workload.ts";

/** A child and the folder that it alone may write. */
export interface Seat {
  readonly child: Child;
  readonly folder: string;
  /** The call that it works on: since when, in milliseconds like `performance.now`, and how many bytes it counts as. */
  since: number;
  bytes: number;
}

/** What stands around each, and how many there may be. */
export interface ChildrenOptions extends LaunchOptions {
  readonly size: number;
}

const LOOK_AGAIN_MS = 50;
/** However little it reads, a call does not wait longer than this for a child that could be started. */
const PATIENCE_MS = 1000;

/** Processes that may touch the same, reused for call after call. */
export class Children {
  readonly #grants: Grants;
  readonly #options: ChildrenOptions;
  readonly #folder: string;
  readonly #idle: Seat[] = [];
  readonly #busy = new Set<Seat>();
  readonly #waiting: PromiseWithResolvers<Seat | undefined>[] = [];
  #count = 0;
  #started = 0;
  /** Resolves when all processes are gone. */
  #killed: Promise<unknown> | undefined;

  /** `grants.write` is that of them all: each gets a folder of its own below it. */
  constructor(grants: Grants, options: ChildrenOptions) {
    this.#grants = grants;
    this.#options = options;
    this.#folder = guessedFolder(grants.write) ?? childrenIn(grants.write);
    Deno.mkdirSync(this.#folder, { recursive: true });
  }

  /** Starts the first child before there is work for it; resolves when it gets ready whatever we do meanwhile. */
  warm(): Promise<void> {
    if (!this.#count) this.#idle.push(this.#start());
    return this.#idle[0]?.child.greeted ?? Promise.resolve();
  }

  /** Starts as many children as so many calls are likely to be worth, before the first of them. */
  prepare(work: Workload, calls: number): void {
    while (!this.closed && this.#count < Math.min(calls, this.#options.size)) {
      if (!work.isWorthAnother(this.#count, this.#busy) || !this.#startMore()) return;
    }
  }

  /** The next free child, or one more where the work is worth it; undefined once they are closed. */
  async take(work: Workload): Promise<Seat | undefined> {
    if (this.closed) return undefined;
    const seat = this.#nextIdle() ?? (this.#count ? await this.#wait(work) : this.#start());
    if (seat) this.#busy.add(seat);
    return seat;
  }

  /** Gives a child back; one that is not `healthy` is ended, and replaced if calls wait for it. */
  async giveBack(seat: Seat, { healthy }: { readonly healthy: boolean }): Promise<void> {
    this.#busy.delete(seat);
    if (healthy && !this.closed) this.#release(seat);
    else await this.#replace(seat);
  }

  /** Ends all children, busy ones too. What they did not finish is removed; again if asked again, should that fail. */
  async close(): Promise<void> {
    this.#killed ??= Promise.all([...this.#idle, ...this.#busy].map(({ child }) => child.kill()));
    await this.#killed;
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
    if (guarded("take")) tryRemoveFolder(this.#folder);
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#killed !== undefined;
  }

  /** A free child, unless something has ended it since its last call: that call was not the worse for it. */
  #nextIdle(): Seat | undefined {
    for (let seat = this.#idle.pop(); seat; seat = this.#idle.pop()) {
      if (!seat.child.ended) return seat;
      this.#count--;
    }
    return undefined;
  }

  #start(): Seat {
    const folder = `${this.#folder}/${this.#started++}`;
    Deno.mkdirSync(folder);
    const write = guarded("own-folder") ? folder : this.#folder;
    const child = new Child({ ...this.#grants, write }, this.#options);
    this.#count++;
    return { child, folder, since: Infinity, bytes: 0 };
  }

  /** The next child that is given back, or one more as soon as that is worth it. */
  async #wait(work: Workload): Promise<Seat | undefined> {
    const start = performance.now();
    const place = Promise.withResolvers<Seat | undefined>();
    this.#waiting.push(place);
    const look = () => {
      const isFull = this.#count >= this.#options.size;
      const isPatient = performance.now() - start < PATIENCE_MS;
      if (this.closed || isFull || (isPatient && !work.isWorthAnother(this.#count, this.#busy))) return;
      if (!this.#startMore()) clearInterval(timer);
    };
    const timer = setInterval(look, LOOK_AGAIN_MS);
    look();
    try {
      return await place.promise;
    } finally {
      clearInterval(timer);
    }
  }

  /** Starts one more child; false where no process or no room is left: those there are do the work. */
  #startMore(): boolean {
    try {
      this.#release(this.#start());
      return true;
    } catch {
      return false;
    }
  }

  #release(seat: Seat): void {
    seat.since = Infinity;
    const next = this.#waiting.shift();
    if (!next) return void this.#idle.push(seat);
    this.#busy.add(seat); // At once: nobody would end it between here and there.
    next.resolve(seat);
  }

  async #replace({ child, folder }: Seat): Promise<void> {
    try {
      await child.kill();
      if (guarded("take")) tryRemoveFolder(folder);
    } finally {
      this.#count--;
      if (!this.closed && this.#waiting.length) this.#startInstead();
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
