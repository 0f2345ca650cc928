import { join } from "@std/path";
import { UsageError } from "./errors.ts";
import { type Flow, loadFlow } from "./flow.ts";
import type { PinnedFlow } from "./lock_file.ts";
import { type Pinned, verifyPinned } from "./remote.ts";
import { namedSecrets } from "./secrets.ts";

/**
 * Loads a flow from elsewhere, if every byte is the pinned one.
 *
 * @throws {UsageError} If it is not valid, not what `myx.lock` pins, or hands on secrets that were not granted.
 */
export function loadPinnedFlow(pinned: Pinned<PinnedFlow>): Flow {
  const { name, pin } = pinned;
  const flow = { ...loadFlow(join(verifyPinned(pinned), pin.path)), name, pins: pin.treatments };
  const extra = flowSecrets(flow).filter((variable) => !pin.env.includes(variable));
  if (extra.length > 0) {
    throw new UsageError(
      `Cannot run flow "${name}": it hands the environment variables ${
        extra.join(", ")
      } to its treatments, but myx.lock ` +
        `grants ${pin.env.length === 0 ? "none" : `only ${pin.env.join(", ")}`}`,
      { fix: `Look at it and grant it with: deno task update ${name}` },
    );
  }
  return flow;
}

/** The environment variables that a flow's params stand for by `{env:NAME}`, sorted. */
export function flowSecrets({ params, steps }: Pick<Flow, "params" | "steps">): string[] {
  return [...new Set([params, ...steps.map((step) => step.params ?? {})].flatMap(namedSecrets))].sort();
}
