/**
 * The program that every child runs. It is the entry module, and it imports the treatment by a variable specifier, so
 * that reading the treatment's code needs the child's read permission: static imports of an entry module would not.
 */
import "myx";
import type { Params, Run } from "../contract/context.ts";
import { mergeParts } from "../data/merge.ts";
import { setProvenance } from "../data/provenance.ts";
import { takeBackAll } from "../kernels/near.ts";
import { makeContext } from "./host_context.ts";
import { lockDown, lockDownHandles, lockDownRepl, voice } from "./lockdown.ts";
import { trackCalls } from "./pending_calls.ts";
import {
  type Done,
  folderOf,
  type Hello,
  type Job,
  type Message,
  readLines,
  type RunJob,
  type Said,
  type SeveralJob,
} from "./protocol.ts";
import { reasonOf } from "./reason_of.ts";

const ERROR_LENGTH = 20_000;

// Standard output carries messages only; what a treatment prints goes where people look for it.
for (const method of ["log", "info", "debug", "table", "dir"] as const) console[method] = console.error;

// Dead columns are big and V8 is slow to let them go: without this a child grows with every partition. They are mostly
// young: collecting only those takes 1 ms, all 20. Not for what is still in use: that would be so after every call.
const collectGarbage = (globalThis as { gc?: (options?: { type: "minor" }) => void }).gc;
const MUCH = 2 ** 26;
let much = MUCH;
Reflect.deleteProperty(globalThis, "gc");

function collectMuch(): void {
  if (memoryUsage().external <= much) return;
  collectGarbage?.();
  collectGarbage?.({ type: "minor" }); // Only the next collection counts what the one before has freed.
  much = Math.max(MUCH, 2 * memoryUsage().external);
}

const lines = readLines(input());
const { nonce, removed, soon } = JSON.parse((await lines.next()).value as string) as Hello;
const speak = voice(nonce);
const { stringify } = JSON;
const { memoryUsage } = Deno;
lockDown(removed);
let handlesLocked: Promise<void> | undefined;
if (removed.includes("nonce")) Object.assign(globalThis, { nonce });

/** What arrives on standard input. As a stream of Deno's it would have all of these loaded, a tenth of a child's start. */
async function* input(): AsyncGenerator<Uint8Array> {
  const { stdin } = Deno;
  const read = stdin.read.bind(stdin);
  const buffer = new Uint8Array(2 ** 16);
  for (let size = await read(buffer); size !== null; size = await read(buffer)) yield buffer.subarray(0, size);
}

function say(message: Message): void {
  speak(stringify(message));
}

async function runTreatment(job: RunJob, tell: (message: Message) => void): Promise<Done> {
  setProvenance(job.provenance);
  await (handlesLocked ??= lockDownHandles(removed, new URL(job.entry)));
  await replLocked;
  const treatment: { run?: Run } = await import(job.entry);
  if (typeof treatment.run !== "function") throw new Error(`"${job.entry}" exports no function "run"`);
  const { context, said, close } = makeContext(job, tell);
  try {
    await treatment.run(job.input, job.output, job.params as Params, context);
    await callsDone();
  } finally {
    close();
  }
  return { type: "done", ...said() };
}

async function runSeveral({ runs, output }: SeveralJob): Promise<Done> {
  const several: Said[] = [];
  for (const [i, run] of runs.entries()) {
    if (i) say({ type: "progress", done: i, total: runs.length });
    const folder = folderOf(output, i);
    Deno.mkdirSync(folder);
    const { metrics, warnings } = await runTreatment({ ...run, output: folder }, () => {});
    several.push({ metrics, warnings });
    takeBackAll();
    collectMuch();
  }
  return { type: "done", metrics: {}, warnings: [], several };
}

async function handle(job: Job): Promise<Message> {
  try {
    if (job.kind === "run") return await runTreatment(job, say);
    if (job.kind === "several") return await runSeveral(job);
    setProvenance(job.provenance);
    mergeParts(job.parts, `${job.output}/${job.name}`);
    return { type: "done", metrics: {}, warnings: [] };
  } catch (error) {
    const stack = error instanceof Error ? error.stack : undefined;
    const cut = (text: unknown) => String(text).slice(0, ERROR_LENGTH);
    return { type: "error", message: cut(reasonOf(error)), ...(stack ? { stack: cut(stack) } : {}) };
  } finally {
    takeBackAll();
  }
}

say({ type: "ready" });
// While the parent still has to send what is to be done.
const replLocked = lockDownRepl(removed);
// Only code of ours keeps workers: see child.ts.
const callsDone = trackCalls({ ours: removed.includes("workers") });
for await (const line of lines) {
  if (!line) continue;
  say(await handle(JSON.parse(line)));
  collectGarbage?.({ type: "minor" });
  collectMuch();
  // The parent is busy with what the first call brought. What cannot be loaded is told by its own call.
  for (const entry of soon.splice(0)) await import(entry).catch(() => {});
}
// The parent has gone or wants no more; a treatment's timers must not keep the process.
Deno.exit(0);
