import type { Context, FileReport, InputFile, Reject, Report } from "../contract/context.ts";
import type { Message, RunJob, Said, SaidOfFile } from "./protocol.ts";

const PROGRESS_INTERVAL_MS = 200;
const REJECT_BUFFER = 2 ** 16;
/** More say nothing to anybody, and all are kept until the call ends. */
const WARNINGS = 1000;
const WARNING_LENGTH = 2000;

/** A context and what a treatment told it. */
export interface HostContext {
  readonly context: Context;
  /** What is to be said at the end. */
  said(): Said & { readonly files?: Readonly<Record<string, SaidOfFile>> };
  /** Writes out the rejects that are still held. */
  close(): void;
}

/** What can be told of one of several files, and what was. */
interface FileContext {
  readonly report: FileReport;
  said(): SaidOfFile;
  close(): void;
}

/** Makes the context of one call. Rejects go to a file as they come; the rest is for the last message. */
export function makeContext(job: RunJob, say: (message: Message) => void): HostContext {
  const whole = makeReport(job.output, job.rejects);
  const files = new Map<string, FileContext>();
  const about = (file: InputFile) => {
    let context = files.get(file.name);
    if (!context) files.set(file.name, context = makeFileContext(job.output, file.name));
    return context.report;
  };
  let lastProgress = 0;
  const context: Context = {
    ...whole.report,
    files: job.files.map((file) => ({ sha256: "", ...file, path: `${job.input}/${file.name}` })),
    partition: job.partition,
    replace: job.replace,
    ...(job.days === undefined ? {} : { days: job.days }),
    anew: job.anew ?? false,
    strict: job.strict ?? false,
    ...(job.folder === undefined ? {} : { folder: job.folder }),
    ...(job.state === undefined ? {} : { state: job.state }),
    ...(job.rejects === undefined ? { about } : {}),
    signal: new AbortController().signal,
    progress(done, total) {
      const now = performance.now();
      if (now - lastProgress < PROGRESS_INTERVAL_MS) return;
      lastProgress = now;
      say({ type: "progress", done, total });
    },
  };
  return {
    context,
    said: () => ({
      ...whole.said,
      ...(files.size ? { files: Object.fromEntries([...files].map(([name, { said }]) => [name, said()])) } : {}),
    }),
    close() {
      whole.close();
      for (const file of files.values()) file.close();
    },
  };
}

function makeFileContext(output: string, name: string): FileContext {
  const { report, said, close } = makeReport(output, `${name}.jsonl`);
  const outputs = new Set<string>();
  return {
    report: { ...report, wrote: (name) => void outputs.add(name) },
    said: () => ({ ...said, wrote: [...outputs] }),
    close,
  };
}

/** Collects what is said, and writes rejects to `output/_rejects/<rejects>`. */
function makeReport(output: string, rejects: string | undefined) {
  // A counter may be called "constructor".
  const metrics: Record<string, number> = Object.create(null);
  const warnings: string[] = [];
  let file: Deno.FsFile | undefined;
  let pending = "";
  const flush = () => {
    if (!pending) return;
    if (!file) {
      Deno.mkdirSync(`${output}/_rejects`, { recursive: true });
      file = Deno.openSync(`${output}/_rejects/${rejects}`, { write: true, create: true });
    }
    const bytes = new TextEncoder().encode(pending);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    pending = "";
  };
  const needOne = (what: string) => {
    if (rejects === undefined) throw new TypeError(`Cannot tell whose ${what} this is: use context.about(file)`);
  };
  const report: Report = {
    metric(name, value) {
      needOne("metric");
      metrics[name] = (metrics[name] ?? 0) + value;
    },
    reject(reject: Reject) {
      needOne("reject");
      const reason = `reject:${reject.reason}`;
      metrics[reason] = (metrics[reason] ?? 0) + 1;
      pending += JSON.stringify(reject) + "\n";
      if (pending.length > REJECT_BUFFER) flush();
    },
    warn(message) {
      needOne("warning");
      if (warnings.length < WARNINGS) warnings.push(String(message).slice(0, WARNING_LENGTH));
    },
  };
  return {
    report,
    said: { metrics, warnings } satisfies Said,
    close() {
      flush();
      file?.close();
    },
  };
}
