import type { Hash } from "node:crypto";

let crypto: typeof import("node:crypto") | undefined;
/** What `hashAhead` was given, in hex. */
const ahead = new Map<string, string>();

/**
 * Begins a SHA-256. Its module is loaded when first asked for: that takes as long as most of a small command, and a run has
 * the time while its first child is at work.
 */
export function beginSha256(): Hash {
  crypto ??= process.getBuiltinModule("node:crypto");
  return crypto.createHash("sha256");
}

/** SHA-256 in hex. */
export function sha256(content: string | Uint8Array): string {
  const known = typeof content === "string" ? ahead.get(content) : undefined;
  return known ?? beginSha256().update(content).digest("hex");
}

/** Hashes short texts that `sha256` will be asked for, without the module. */
export async function hashAhead(texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map(async (text) => {
    const hash = await globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    ahead.set(text, new Uint8Array(hash).toHex());
  }));
}
