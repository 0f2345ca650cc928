import { MyxError } from "../contract/errors.ts";
import { childArgs, childEnv, type Grants } from "./grants.ts";
import { type Job, type Message, readLines } from "./protocol.ts";

const STDERR_KEPT = 8192;

/** A `deno run` process that executes one call at a time. */
export class Child {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #nonce = crypto.randomUUID();
  readonly #messages: AsyncGenerator<Message>;
  readonly #stderrDone: Promise<void>;
  #stderr = "";
  #outOfMemory = false;

  constructor(grants: Grants) {
    this.#process = spawn(grants);
    this.#writer = this.#process.stdin.getWriter();
    this.#stderrDone = this.#keepStderr();
    this.#messages = this.#readMessages();
    this.#send(this.#nonce);
  }

  /**
   * Runs `job` and returns the child's last word. A child that dies instead rejects with what it left on standard error.
   */
  async run(job: Job, onProgress?: (done: number, total: number) => void): Promise<Message> {
    this.#send(JSON.stringify(job));
    for (;;) {
      const { value: message, done } = await this.#messages.next();
      if (done) throw new Error(await this.#explainDeath());
      if (message.type === "progress") onProgress?.(message.done, message.total);
      else if (message.type !== "ready") return message;
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
    await this.#messages.return(undefined);
  }

  #send(line: string): void {
    // A child that died is noticed by its closed output, which says more than a broken pipe.
    this.#writer.write(new TextEncoder().encode(line + "\n")).catch(() => {});
  }

  async *#readMessages(): AsyncGenerator<Message> {
    for await (const line of readLines(this.#process.stdout)) {
      if (line.startsWith(this.#nonce)) yield JSON.parse(line.slice(this.#nonce.length));
    }
  }

  async #keepStderr(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stderr) {
      this.#stderr += decoder.decode(chunk, { stream: true });
      // V8 says so first and then prints a long trace.
      this.#outOfMemory ||= /out of memory/i.test(this.#stderr);
      this.#stderr = this.#stderr.slice(-STDERR_KEPT);
    }
  }

  async #explainDeath(): Promise<string> {
    const { code, signal } = await this.#process.status;
    await this.#stderrDone;
    if (this.#outOfMemory) {
      return "It used more memory than it may; ask for more with permissions.memory_mb in treatment.json";
    }
    const last = this.#stderr.trim().split("\n").slice(-3).join(" | ");
    return `Its process ended with ${signal ?? `code ${code}`} before it was done${last ? `: ${last}` : ""}`;
  }
}

function spawn(grants: Grants): Deno.ChildProcess {
  const command = new Deno.Command("deno", {
    args: childArgs(grants),
    clearEnv: true,
    env: childEnv(grants),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  try {
    return command.spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new MyxError('Cannot start a treatment: there is no "deno" on the PATH', {
      fix: "Install Deno, or run the same command behind: npx --yes",
      cause,
    });
  }
}
