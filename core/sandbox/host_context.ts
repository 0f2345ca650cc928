import type { Context, Reject } from "../contract/context.ts";
import type { Message, RunJob } from "./protocol.ts";

const PROGRESS_INTERVAL_MS = 200;
const REJECT_BUFFER = 2 ** 16;
/** More say nothing to anybody, and all are kept until the call ends. */
const WARNINGS = 1000;
const WARNING_LENGTH = 2000;

/** A context and what a treatment told it. */
export interface HostContext {
  readonly context: Context;
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  /** Writes out the rejects that are still held. */
  close(): void;
}

/** Makes the context of one call. Rejects go to a file as they come; the rest is for the last message. */
export function makeContext(job: RunJob, say: (message: Message) => void): HostContext {
  const encoder = new TextEncoder();
  const metrics: Record<string, number> = {};
  const warnings: string[] = [];
  let rejects: Deno.FsFile | undefined;
  let pending = "";
  let lastProgress = 0;
  const flush = () => {
    if (!pending) return;
    if (!rejects) {
      Deno.mkdirSync(`${job.output}/_rejects`, { recursive: true });
      rejects = Deno.openSync(`${job.output}/_rejects/${job.rejects}`, { write: true, create: true });
    }
    const bytes = encoder.encode(pending);
    for (let at = 0; at < bytes.length;) at += rejects.writeSync(bytes.subarray(at));
    pending = "";
  };
  const context: Context = {
    files: job.files,
    partition: job.partition,
    replace: job.replace,
    ...(job.state === undefined ? {} : { state: job.state }),
    signal: new AbortController().signal,
    progress(done, total) {
      const now = performance.now();
      if (now - lastProgress < PROGRESS_INTERVAL_MS) return;
      lastProgress = now;
      say({ type: "progress", done, total });
    },
    metric(name, value) {
      metrics[name] = (metrics[name] ?? 0) + value;
    },
    reject(reject: Reject) {
      const reason = `reject:${reject.reason}`;
      metrics[reason] = (metrics[reason] ?? 0) + 1;
      pending += JSON.stringify(reject) + "\n";
      if (pending.length > REJECT_BUFFER) flush();
    },
    warn(message) {
      if (warnings.length < WARNINGS) warnings.push(String(message).slice(0, WARNING_LENGTH));
    },
  };
  return {
    context,
    metrics,
    warnings,
    close() {
      flush();
      rejects?.close();
    },
  };
}
