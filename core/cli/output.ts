/** stdout is for data, stderr for people; both are written whole and at once, so that no exit cuts them short. */
import { printable } from "../contract/printable.ts";
import { asCalled } from "./deno_call.ts";
import { isPainted, PAINT } from "./paint.ts";

const encoder = new TextEncoder();
let printed = false;

/** Writes a line (or several) to stdout that people read. */
export function print(text: string): void {
  printData(printable(text, { lines: true }));
}

/** Writes a line (or several) to stdout as it is, for programs. */
export function printData(text: string): void {
  printed = true;
  whileRead(() => write(Deno.stdout, `${text}\n`));
}

/** Writes a line (or several) for people to stderr; one that is closed, or a log on a full disk, must not stop the work. */
export function tell(text: string): void {
  tellRaw(`${shown(text)}\n`);
}

/** Writes text of ours to stderr as it is: for redrawing. */
export function tellRaw(text: string): void {
  try {
    write(Deno.stderr, asCalled(text));
  } catch {
    // There is nowhere else to say so.
  }
}

/** Writes a value as one JSON document to stdout. */
export function printJson(value: unknown): void {
  printData(JSON.stringify(value, null, 2));
}

/** Writes a value as a line of JSON to stdout, unless there is something already: that is the one document there is. */
export function printIfNothing(value: unknown): void {
  if (!printed) printData(JSON.stringify(value));
}

/** Copies a file to stdout as it is. */
export function printFile(path: string): void {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(2 ** 16);
  whileRead(() => {
    for (let read = file.readSync(buffer); read !== null; read = file.readSync(buffer)) {
      for (let at = 0; at < read;) at += Deno.stdout.writeSync(buffer.subarray(at, read));
    }
  });
}

/** Writes to stdout until its reader goes away, as `head` does: what is still to be done is done, and its exit code counts. */
function whileRead(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * Text for stderr as a terminal shows it, whatever is quoted in it: the names of raw files, the words of a server and what
 * stands in somebody's flow may hold escape sequences.
 *
 * @param painted Whether there may be colours of ours in it, which stay.
 */
export function shown(text: string, painted = isPainted()): string {
  const parts = painted ? text.split(PAINT) : [text];
  return parts.map((part, i) => i % 2 ? part : printable(part, { lines: true })).join("");
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}
