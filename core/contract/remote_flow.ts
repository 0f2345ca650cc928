import { join } from "node:path";
import { type Flow, loadFlow } from "./flow.ts";
import type { PinnedFlow } from "./lock_file.ts";
import { type Pinned, verifyPinned } from "./remote.ts";

/**
 * Loads a flow from elsewhere, if every byte is the pinned one.
 *
 * @throws {UsageError} If it is not valid, or not what `myx.lock` pins.
 */
export function loadPinnedFlow(pinned: Pinned<PinnedFlow>): Flow {
  const { name, pin } = pinned;
  const { path, treatments: pins, permissions: granted } = pin;
  return { ...loadFlow(join(verifyPinned(pinned), path)), name, pins, granted };
}
