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
  if (!removed.includes("graphics")) forbidGraphics();
  if (!removed.includes("workers")) forbidWorkers();
  if (!removed.includes("handles")) forbidHandles();
  if (!removed.includes("debugger")) forbidDebugger();
}

/** Without a permission Deno loads the drivers of the machine, which open devices and keep files in the user's home. */
function forbidGraphics(): void {
  Reflect.deleteProperty(Object.getPrototypeOf(navigator), "gpu");
}

type Method = (this: unknown, ...values: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** What Deno has of Node: modules, and what lies below them. */
interface NodeProcess {
  getBuiltinModule(name: string): object;
  binding(name: string): Record<string, { prototype: Methods }>;
}

const nodeProcess = () => (globalThis as unknown as { process: NodeProcess }).process;

/** A worker is a fresh realm, with all of what is taken away here. */
function forbidWorkers(): void {
  Reflect.deleteProperty(globalThis, "Worker");
  // The module's exports, however it is imported, are read off this object when it is first asked for.
  Object.defineProperty(nodeProcess().getBuiltinModule("node:worker_threads"), "Worker", {
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
 * Deno checks what is asked of a path or of a host, not what is asked of something open. A file that may only be read could
 * be given other rights, and a socket that is bound to nothing could listen to all on a port of the system's choice. Deno's
 * caches are open, too, and whatever is written into these by the number of their handle, other programs of the user run.
 */
function forbidHandles(): void {
  // All that Deno is made of, without what stands before it.
  Reflect.deleteProperty((Deno as unknown as Record<symbol, object>)[INTERNAL]!, "core");
  const files = nodeProcess().getBuiltinModule("node:fs") as Methods;
  for (const name of ["fchmod", "fchown", "futimes"]) files[name] = files[`${name}Sync`] = refuseToChange;
  const { Pipe } = nodeProcess().binding("pipe_wrap");
  Pipe!.prototype.open = () => refuse("take over what is open in its process");
  const { TCP } = nodeProcess().binding("tcp_wrap");
  const methods = TCP!.prototype;
  const { apply } = Reflect;
  const bound = new WeakSet<object>();
  const [markBound, isBound] = [bound.add.bind(bound), bound.has.bind(bound)];
  for (const name of ["bind", "bind6", "bindWithFlags"]) {
    const bind = methods[name]!;
    methods[name] = function (...values) {
      const error = apply(bind, this, values);
      if (error === 0) markBound(this as object);
      return error;
    };
  }
  const { listen } = methods;
  methods.listen = function (...values) {
    // To bind needs the grant; what has an address because it was connected to a host that was granted was not asked for it.
    if (!isBound(this as object)) refuse("listen where it was granted nothing");
    return apply(listen!, this, values);
  };
}

/**
 * Deno looks up the host that a debugger is to listen on before it asks whether there may be one: the name itself, which
 * reaches whoever answers for it, could carry away what was read. And Deno reads the line of source that a source map gives
 * for an error, whatever file that names, and holds it in memory while it tells of the error.
 */
function forbidDebugger(): void {
  const inspector = nodeProcess().getBuiltinModule("node:inspector") as Methods;
  inspector.open = () => refuse("open a debugger");
  const heap = nodeProcess().getBuiltinModule("node:v8") as Methods;
  for (const name of ["getHeapSnapshot", "writeHeapSnapshot", "setHeapSnapshotNearHeapLimit", "queryObjects"]) {
    heap[name] = () => refuse("look into its own memory");
  }
}

/**
 * Node's REPL asks nobody before it has a session with the debugger, and what it sends there a treatment can replace: that way
 * lead to the memory of its process, and to all that is taken away here. It extends a class of `node:readline`: loaded while
 * that is none it fails, and stays failed however it is asked for.
 */
export async function lockDownRepl(removed: readonly Guard[]): Promise<void> {
  if (removed.includes("debugger")) return;
  const { Interface } = nodeProcess().getBuiltinModule("node:readline") as { Interface: { prototype: unknown } };
  const { prototype } = Interface;
  // Deno holds a promise of its own for what fails here, and nobody handles that.
  addEventListener("unhandledrejection", (event) => {
    const { reason } = event;
    if (reason instanceof TypeError && reason.stack?.includes("node:repl:")) event.preventDefault();
  });
  Interface.prototype = undefined;
  await import("node:repl").catch(() => {});
  Interface.prototype = prototype;
}

interface Promises {
  open(file: URL): Promise<AsyncDisposable>;
}

const { internal: INTERNAL } = Deno as unknown as { internal: symbol };

/** The same of what `node:fs/promises` opens: its class is had from one that is open only, so `file` is opened. */
export async function lockDownHandles(removed: readonly Guard[], file: URL): Promise<void> {
  // In a compiled binary it runs only what that holds, which need not be there to be opened.
  if (removed.includes("handles") || Deno.build.standalone) return;
  const { promises } = nodeProcess().getBuiltinModule("node:fs") as { promises: Promises };
  await using handle = await promises.open(file);
  const methods = Object.getPrototypeOf(handle) as Methods;
  for (const name of ["chmod", "chown", "utimes"]) methods[name] = refuseToChange;
}

function refuseToChange(): never {
  return refuse("change the rights, the owner or the times of what it has opened");
}

function refuse(what: string): never {
  throw new Deno.errors.NotCapable(`A treatment cannot ${what}`);
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
