/** What the host takes away before it loads a treatment: the ways out that no permission of Deno closes. */
import type { Guard } from "./guards.ts";

/** Writes a line of the protocol. */
export type Say = (text: string) => void;

// Deno shares these between all processes of a user: a treatment could leave in them what another finds there. With the
// classes: who has one makes an object that Deno takes for its own.
const SHARED = ["caches", "localStorage", "sessionStorage", "CacheStorage", "Cache", "Storage"];

/** Takes away all but what `removed` names. */
export function lockDown(removed: readonly Guard[]): void {
  if (!removed.includes("storage")) { for (const name of SHARED) Reflect.deleteProperty(globalThis, name); }
  if (!removed.includes("workers")) forbidWorkers();
}

/** A worker is a fresh realm, with all of what is taken away here. */
function forbidWorkers(): void {
  Reflect.deleteProperty(globalThis, "Worker");
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: string): object } };
  // The module's exports, however it is imported, are read off this object when it is first asked for.
  Object.defineProperty(process.getBuiltinModule("node:worker_threads"), "Worker", {
    value: class Worker {
      constructor() {
        throw new Deno.errors.NotCapable("A treatment cannot start workers: myx runs its partitions in parallel");
      }
    },
    writable: false,
    configurable: false,
  });
}

/**
 * Keeps what speaking needs, so that a treatment that changes JSON, TypedArray or Deno.stdout neither breaks the protocol
 * nor sees its nonce.
 */
export function voice(nonce: string): Say {
  const write = Deno.stdout.writeSync.bind(Deno.stdout);
  const encode = TextEncoder.prototype.encode.bind(new TextEncoder());
  const { call } = Function.prototype;
  const uncurry = <T>(method: unknown) => call.bind(method as typeof call) as unknown as T;
  const bytes = Object.getPrototypeOf(Uint8Array.prototype);
  const lengthOf = uncurry<(bytes: Uint8Array) => number>(Object.getOwnPropertyDescriptor(bytes, "length")!.get);
  const subarray = uncurry<(bytes: Uint8Array, start: number) => Uint8Array>(bytes.subarray);
  return (text) => {
    let rest: Uint8Array = encode(`\n${nonce}${text}\n`);
    while (lengthOf(rest) > 0) rest = subarray(rest, write(rest));
  };
}
