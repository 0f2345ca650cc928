import type { Hash } from "node:crypto";

let crypto: typeof import("node:crypto") | undefined;

/**
 * Begins a SHA-256. Its module is loaded when first asked for: that takes as long as most of a small command, and a run has
 * the time while its first child starts.
 */
export function beginSha256(): Hash {
  crypto ??= process.getBuiltinModule("node:crypto");
  return crypto.createHash("sha256");
}

/** SHA-256 in hex. */
export function sha256(content: string | Uint8Array): string {
  return beginSha256().update(content).digest("hex");
}
