import { readMessage } from "./claims.ts";
import { cleanText } from "./clean_text.ts";
import { explainRefusal } from "./explain_refusal.ts";
import type { Grants } from "./grants.ts";
import { type Guard, guarded, removedGuards } from "./guards.ts";
import { launch, type LaunchOptions, noDeno } from "./launch.ts";
import { type Hello, type Job, type Message, readLines } from "./protocol.ts";
import { formsOf, strikeOut } from "./strike_out.ts";
import { isStandalone } from "../standalone/self.ts";

const STDERR_KEPT = 8192;
const LINE_LENGTH = 1000;
/** What one call may print, messages included; a flood would keep us busy for as long as it lasts. */
const PRINTED_BYTES = 64 * 2 ** 20;
const PROGRESS_INTERVAL_MS = 50;
/** A child that closes its output ends; one that does not is ended. */
const ENDING_MS = 1000;
/** Ctrl-C reaches a child, too, and may end it before we hear of ours. */
const OWN_SIGNAL_MS = 200;

/** Deno's colours, which a treatment gets that is granted FORCE_COLOR. */
// deno-lint-ignore no-control-regex -- so they begin
const COLOURS = /\x1b\[[\d;]*m/g;
/** The line of source that Deno shows of an error that nobody caught, with the mark below it, in colours or not. */
const SOURCE = new RegExp(`^[^\\n]*\\n(?:[ \\t]|${COLOURS.source})*\\^(?:${COLOURS.source})*(?:\\n|$)`, "gm");

/** Deno's words for it, which blame a container. */
const NO_THREAD = "unable to create worker threads";

/** What Deno says where nothing is left to wait for, with a line of ours. */
const NEVER = "Top-level await promise never resolved";

/** The words of `setpriv` and `prlimit` for it. */
const NO_DENO = /^(?:setpriv|prlimit): failed to execute deno: No such file/m;

/** What a deno says that is older than the one which runs us, where it does not know how it is called. */
const OLD_DENO = /^error: (unexpected argument '--[^']*' found)/m;

/** What is said of a call that ran out of memory. */
export const MORE_MEMORY = "It used more memory than it may; ask for more with permissions.memory_mb in treatment.json";

/** What is said of a child that never got as far as to be called. */
const MORE_PROCESSES =
  "Its process could not start: no more processes and threads may run here; raise the limit (ulimit -u, or that of a container)";

/** A `deno run` process that executes one call at a time. */
export class Child {
  /** Resolves when it has been told what it waits for once it runs, which takes a turn of our event loop. */
  readonly greeted: Promise<void>;
  /** Resolves when it takes jobs, or has ended. */
  readonly started: Promise<void>;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #nonce = crypto.randomUUID();
  /** How the secrets that it is told may be written. */
  readonly #secrets: readonly string[];
  readonly #messages: AsyncGenerator<Message>;
  #first: Promise<IteratorResult<Message>> | undefined;
  readonly #stderrDone: Promise<void>;
  readonly #onPrint: (line: string) => void;
  #ended = false;
  #stderr = "";
  #ready = false;
  #outOfMemory = false;
  #printed = 0;
  #onFlood = () => {};
  #lastProgress = -Infinity;

  constructor(grants: Grants, options: LaunchOptions) {
    this.#secrets = formsOf(options.secrets ?? []);
    this.#onPrint = options.onPrint ?? (() => {});
    this.#process = launch(grants, options);
    this.#process.status.then(() => this.#ended = true);
    this.#writer = this.#process.stdin.getWriter();
    this.#stderrDone = this.#keepStderr();
    this.#messages = this.#readMessages();
    // To take these away, modules of Node's must be loaded. In a binary the host is a worker itself.
    const keepsWorkers = grants.ours && !isStandalone();
    const kept: readonly Guard[] = keepsWorkers ? ["workers", "handles", "debugger"] : [];
    const removed = [...removedGuards(), ...kept];
    this.greeted = this.#send({ nonce: this.#nonce, removed, soon: [...options.soon ?? []] } satisfies Hello);
    this.#first = this.#messages.next();
    this.started = this.#first.then(() => {}, () => {});
  }

  /** Whether its process is gone, whatever ended it. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Runs `job` and returns the child's last word. A child that dies instead rejects with what it left on standard error.
   */
  async run(job: Job, onProgress?: (done: number, total: number) => void): Promise<Message> {
    const flood = new Promise<never>((_, reject) => {
      this.#printed = 0;
      this.#onFlood = () => reject(new Error(`It printed more than ${PRINTED_BYTES / 2 ** 20} MB and was stopped`));
    });
    void this.#send(job);
    try {
      return await this.#hear(flood, onProgress);
    } finally {
      this.#passOn();
    }
  }

  /** What a call says last. */
  async #hear(flood: Promise<never>, onProgress?: (done: number, total: number) => void): Promise<Message> {
    for (;;) {
      const next = this.#first ?? this.#messages.next();
      this.#first = undefined;
      const { value: message, done } = await Promise.race([next, flood]);
      if (done) throw new Error(await this.#explainDeath());
      if (message.type === "progress") this.#tell(message, onProgress);
      else if (message.type === "error") {
        return { ...message, message: ranOut(message.message) ? MORE_MEMORY : explainRefusal(message.message) };
      } else if (message.type === "ready") this.#ready = true;
      else return message;
    }
  }

  /** Ends the process at once; SIGKILL, because a treatment can ignore anything else. */
  async kill(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await this.#stderrDone;
    this.#passOn(true);
    await this.#messages.return(undefined);
  }

  /**
   * Tells what was printed, in whole lines unless it is `all`. Only now: a secret may have several, of which the first alone
   * is not known for one.
   */
  #passOn(all = false): void {
    const end = all ? this.#stderr.length : this.#stderr.lastIndexOf("\n") + 1;
    const printed = withoutSource(this.#stderr.slice(0, end)).trimEnd();
    this.#stderr = this.#stderr.slice(end);
    if (printed) { for (const line of printed.split("\n")) this.#onPrint(cleanText(line, { limit: LINE_LENGTH })); }
  }

  #send(what: Hello | Job): Promise<void> {
    // A child that died is noticed by its closed output, which says more than a broken pipe.
    return this.#writer.write(new TextEncoder().encode(`${JSON.stringify(what)}\n`)).catch(() => {});
  }

  #tell({ done, total }: { done: number; total: number }, onProgress?: (done: number, total: number) => void): void {
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_INTERVAL_MS) return;
    this.#lastProgress = now;
    onProgress?.(done, total);
  }

  async *#readMessages(): AsyncGenerator<Message> {
    for await (const line of readLines(this.#meter(this.#process.stdout))) {
      if (!line.startsWith(this.#nonce)) continue;
      const message = readMessage(line.slice(this.#nonce.length), this.#secrets);
      if (message) yield message;
    }
  }

  async #keepStderr(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#meter(this.#process.stderr)) {
      this.#stderr += decoder.decode(chunk, { stream: true });
      // V8 and Rust say so first; V8 then prints a long trace.
      this.#outOfMemory ||= ranOut(this.#stderr);
      // Before it is cut: what is left of a secret would not be known for one.
      this.#stderr = strikeOut(this.#stderr, this.#secrets).slice(-STDERR_KEPT);
    }
  }

  /** Counts what flows by, and drops it once it is too much. */
  async *#meter(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      this.#printed += chunk.length;
      if (this.#printed <= PRINTED_BYTES || !guarded("printing")) yield chunk;
      else this.#onFlood();
    }
  }

  async #explainDeath(): Promise<string> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), ENDING_MS);
    const { code, signal } = await this.#process.status;
    clearTimeout(timer);
    await this.#stderrDone;
    // It is the tool before it that looks for it.
    if (code === 127 && !this.#ready && NO_DENO.test(this.#stderr)) throw noDeno(this.#stderr.trim());
    const [, refused] = this.#ready ? [] : OLD_DENO.exec(this.#stderr) ?? [];
    if (refused) throw noDeno(this.#stderr.trim(), `the "deno" on the PATH is too old: ${refused}`);
    // By then whoever waits for the call knows that all was interrupted, and asks for no reason.
    if (signal === "SIGINT") await new Promise((resolve) => setTimeout(resolve, OWN_SIGNAL_MS));
    const noThread = this.#stderr.includes(NO_THREAD);
    if (noThread && !this.#ready) return MORE_PROCESSES;
    // A thread takes memory; too few of them would have kept it from getting ready.
    if (this.#outOfMemory || noThread) return MORE_MEMORY;
    if (signal === "SIGXFSZ") {
      return "It wrote a file larger than it may; ask for more with permissions.output_mb in treatment.json";
    }
    if (this.#stderr.includes(NEVER)) return "It awaits a promise that nothing can resolve any more";
    const last = lastWords(explainRefusal(withoutSource(this.#stderr.replace(COLOURS, ""))))
      .map((line) => cleanText(line.trim(), { limit: LINE_LENGTH })).join(" | ");
    return `Its process ended with ${signal ?? `code ${code}`} before it was done${last ? `: ${last}` : ""}`;
  }
}

/** The lines that say why a process ended: those of Deno's own error if there is one, without the trace of itself. */
function lastWords(stderr: string): string[] {
  const text = stderr.replace(/\s*Stack backtrace:[^]*/, "").trim();
  const at = text.lastIndexOf("error: ");
  return at < 0 ? text.split("\n").slice(-3) : text.slice(at).split("\n").slice(0, 3);
}

/**
 * What was printed, less the source of an error: Deno reads it from whatever file the treatment's own source map names, also
 * from one that the treatment may not read.
 */
function withoutSource(text: string): string {
  return guarded("claims") ? text.replace(SOURCE, "") : text;
}

function ranOut(text: string): boolean {
  return /out of memory|memory allocation of \d+ bytes failed|Array buffer allocation failed|WebAssembly\.Memory\.grow/i
    .test(text);
}
