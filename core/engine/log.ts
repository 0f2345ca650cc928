/** One line of `myx.log`. */
export interface LogEntry {
  readonly run_id: string;
  readonly flow: string;
  readonly step?: string;
  readonly treatment?: string;
  readonly partition?: string;
  readonly status: "start" | "success" | "error" | "skip";
  readonly input_dir?: string;
  readonly output_dir?: string;
  readonly duration_ms?: number;
  readonly rows_in?: number;
  readonly rows_out?: number;
  readonly rejects?: number;
  readonly error?: string;
}

/** Writes a log entry. */
export type Log = (entry: LogEntry) => void;

/** Name of the log file in the project's folder. */
export const LOG_NAME = "myx.log";

/**
 * Opens the log of a project for appending. Each entry is one write, so runs side by side do not mix their lines. A log
 * that cannot be written must not stop the data: `onFailure` is told once, and the run goes on without.
 */
export function openLog(projectDir: string, onFailure: (message: string) => void): { log: Log; close: () => void } {
  let file: Deno.FsFile | undefined;
  const fail = (error: unknown) => {
    onFailure(`Cannot write the log "${projectDir}/${LOG_NAME}": ${(error as Error).message}`);
    file?.close();
    file = undefined;
  };
  try {
    file = Deno.openSync(`${projectDir}/${LOG_NAME}`, { append: true, create: true });
  } catch (error) {
    fail(error);
  }
  const encoder = new TextEncoder();
  return {
    log(entry) {
      try {
        file?.writeSync(encoder.encode(JSON.stringify({ ts: new Date().toISOString(), ...entry }) + "\n"));
      } catch (error) {
        fail(error);
      }
    },
    close: () => file?.close(),
  };
}
