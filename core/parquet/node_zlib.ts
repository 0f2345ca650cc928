import type * as Zlib from "node:zlib";

/** Node's zlib. Loaded when it is first wanted: in a process that needs nothing else of Node it takes 15 ms. */
export function nodeZlib(): typeof Zlib {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: "node:zlib"): typeof Zlib } };
  return process.getBuiltinModule("node:zlib");
}
