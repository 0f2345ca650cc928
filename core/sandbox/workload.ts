/** Starting one more child takes work, and so does its first call, whose code is slow until V8 has compiled it. */
const WORTH_A_CHILD_MS = 300;
/** What a call takes beside reading, put as bytes. */
const CALL_BYTES = 2 ** 14;
/** What a file takes beside reading, put as bytes: opening it, and what is said of it. */
export const FILE_BYTES = 2 ** 14;
/** As quick as any call of ours was. Taken until the first call has ended. */
const LEAST_MS_PER_BYTE = 2e-6;
/** Raw files were seen to be 4 to 18 times as long as what gzip makes of them. */
const UNZIPPED = 8;

/** How many bytes files have to read, those of `.gz` behind their compression; a guess. */
export function bytesToRead(files: readonly { readonly name: string; readonly size: number }[]): number {
  return files.reduce((sum, { name, size }) => sum + (/\.gz$/i.test(name) ? UNZIPPED * size : size), 0);
}

/** What a call on files counts as, in bytes: reading them, and what each takes beside that. */
export function workOf(files: readonly { readonly name: string; readonly size: number }[]): number {
  return bytesToRead(files) + files.length * FILE_BYTES;
}

/** A call that is at work: since when, and what it counts as. */
export interface Working {
  readonly since: number;
  readonly bytes: number;
}

/** The calls that one step makes: what they tell of how long those still to come will take. */
export class Workload {
  /** What calls still to come count as, what calls so far did, and how long these took. */
  #ahead = 0;
  #done = 0;
  #doneMs = 0;
  readonly #steps: number;

  /** @param steps How many steps call the same children from now on, this one included: each has about as much to do. */
  constructor(steps = 1) {
    this.#steps = steps;
  }

  /** Announces calls by what each counts as, see `workOf`. */
  expect(calls: readonly number[]): void {
    for (const bytes of calls) this.#ahead += bytes + CALL_BYTES;
  }

  /** A call that counts as so much begins; returns what it is taken as. */
  begin(bytes: number): number {
    const counted = bytes + CALL_BYTES;
    this.#ahead = Math.max(this.#ahead - counted, 0);
    return counted;
  }

  /** A call has gone well. */
  finish({ since, bytes }: Working): void {
    this.#done += bytes;
    this.#doneMs += performance.now() - since;
  }

  /** Whether the calls ahead would keep `count` children for longer than one more takes to be of use. */
  isWorthAnother(count: number, busy: Iterable<Working>): boolean {
    const now = performance.now();
    const rates = [...busy].map(({ since, bytes }) => (now - since) / bytes);
    const msPerByte = Math.max(this.#done ? this.#doneMs / this.#done : LEAST_MS_PER_BYTE, ...rates);
    return this.#steps * this.#ahead * msPerByte / count > WORTH_A_CHILD_MS;
  }
}
