/**
 * The walls around a treatment, each by a name, so that a test can take one away and see that an attack then succeeds.
 * Nothing but a test's own import reaches this switch: no flag, no variable, no file.
 */
export type Guard =
  /** Deno's permission lists and flags of a child. */
  | "read"
  | "write"
  | "net"
  | "env"
  | "run"
  | "ffi"
  | "sys"
  | "import"
  | "cached-only"
  /** What the host takes away before it loads the treatment. */
  | "storage"
  | "graphics"
  | "workers"
  | "handles"
  | "debugger"
  | "nonce"
  /** Links and special files in what a child may read, and in what it wrote. */
  | "links"
  | "regular-files"
  | "names"
  /** A child's folder is its own; results are moved out of its reach, and what is published is a copy. */
  | "own-folder"
  | "strays"
  | "take"
  | "copy"
  | "rejects"
  /** Limits. */
  | "heap"
  | "data"
  | "file-size"
  | "time"
  | "output"
  | "printing"
  /** What a child says is cut and cleaned before people see it. */
  | "claims"
  | "orphans";

const removed = new Set<Guard>();

/** Whether `guard` stands, as it always does outside the tests. */
export function guarded(guard: Guard): boolean {
  return !removed.has(guard);
}

/** The guards that are taken away. */
export function removedGuards(): readonly Guard[] {
  return [...removed];
}

/** Takes guards away until disposed. For tests only. */
export function withoutGuards(guards: readonly Guard[]): Disposable {
  for (const guard of guards) removed.add(guard);
  return {
    [Symbol.dispose]() {
      for (const guard of guards) removed.delete(guard);
    },
  };
}
