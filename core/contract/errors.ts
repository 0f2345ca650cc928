/** How myx ends: 0 done, 1 a step failed, 2 bad usage or invalid flow or treatment, 3 locked, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** An error meant for people: what failed, where and why, and on a line of its own what to do. */
export class MyxError extends Error {
  override name = "MyxError";
  readonly exitCode: ExitCode;
  /** What the reader can do about it. */
  readonly fix: string | undefined;

  constructor(message: string, options: { exitCode?: ExitCode; fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
    this.fix = options.fix;
  }
}

/** An error in what the user wrote: a command line, a flow, a treatment. Ends with exit code 2. */
export class UsageError extends MyxError {
  override name = "UsageError";

  constructor(message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: 2 });
  }
}
