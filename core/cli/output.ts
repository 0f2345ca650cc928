/** stdout is for data, stderr for people; both are written whole and at once, so that no exit cuts them short. */

const encoder = new TextEncoder();

/** Writes a line (or several) of data to stdout. */
export function print(text: string): void {
  write(Deno.stdout, `${text}\n`);
}

/** Writes a line (or several) for people to stderr; a closed stderr must not stop the work. */
export function tell(text: string): void {
  tellRaw(`${text}\n`);
}

/** As `tell`, without the line end: for redrawing. */
export function tellRaw(text: string): void {
  try {
    write(Deno.stderr, text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Writes a value as one JSON document to stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}
