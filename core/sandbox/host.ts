/**
 * The program that every child runs. It is the entry module, and it imports the treatment by a variable specifier, so
 * that reading the treatment's code needs the child's read permission: static imports of an entry module would not.
 */
import "myx";
import type { Context, Params, Reject, Run } from "../contract/context.ts";
import { mergeParts } from "../data/merge.ts";
import { setProvenance } from "../data/provenance.ts";
import { type Job, type Message, readLines, type RunJob } from "./protocol.ts";

// Shared between all processes of a user and free of permissions: nothing a treatment should have.
Reflect.deleteProperty(globalThis, "caches");
// Standard output carries messages only; what a treatment prints goes where people look for it.
for (const method of ["log", "info", "debug", "table", "dir"] as const) console[method] = console.error;

// Dead columns are big and V8 is slow to let them go: without this a child grows with every partition.
const collectGarbage = (globalThis as { gc?: () => void }).gc;
Reflect.deleteProperty(globalThis, "gc");

const PROGRESS_INTERVAL_MS = 200;
const REJECT_BUFFER = 2 ** 16;
const encoder = new TextEncoder();
const lines = readLines(Deno.stdin.readable);
const nonce = (await lines.next()).value as string;

function say(message: Message): void {
  const bytes = encoder.encode(`\n${nonce}${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function makeContext(job: RunJob) {
  const metrics: Record<string, number> = {};
  const warnings: string[] = [];
  const rejectFile = `${job.output}/_rejects/${
    job.partition.file ?? (Object.values(job.partition).join("__") || "all")
  }.jsonl`;
  let rejects: Deno.FsFile | undefined;
  let pending = "";
  let lastProgress = 0;
  const flush = () => {
    if (!pending) return;
    if (!rejects) {
      Deno.mkdirSync(`${job.output}/_rejects`, { recursive: true });
      rejects = Deno.openSync(rejectFile, { write: true, create: true });
    }
    const bytes = encoder.encode(pending);
    for (let at = 0; at < bytes.length;) at += rejects.writeSync(bytes.subarray(at));
    pending = "";
  };
  const context: Context = {
    files: job.files,
    partition: job.partition,
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
      warnings.push(String(message));
    },
  };
  return {
    context,
    metrics,
    warnings,
    close: () => {
      flush();
      rejects?.close();
    },
  };
}

async function runTreatment(job: RunJob): Promise<Message> {
  const treatment: { run?: Run } = await import(job.entry);
  if (typeof treatment.run !== "function") throw new TypeError(`"${job.entry}" exports no function "run"`);
  const { context, metrics, warnings, close } = makeContext(job);
  try {
    await treatment.run(job.input, job.output, job.params as Params, context);
  } finally {
    close();
  }
  return { type: "done", metrics, warnings };
}

async function handle(job: Job): Promise<Message> {
  setProvenance(job.provenance);
  try {
    if (job.kind === "run") return await runTreatment(job);
    mergeParts(job.parts, job.output);
    return { type: "done", metrics: {}, warnings: [] };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
    return { type: "error", message, ...(stack ? { stack } : {}) };
  }
}

say({ type: "ready" });
for await (const line of lines) {
  if (!line) continue;
  say(await handle(JSON.parse(line)));
  collectGarbage?.();
}
// The parent has gone or wants no more; a treatment's timers must not keep the process.
Deno.exit(0);
