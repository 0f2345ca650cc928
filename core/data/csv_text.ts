/**
 * Checks that `delimiter` cannot be mistaken for a part of a number or a time, so that only names ever need quotes.
 *
 * @throws {TypeError} If it can.
 */
export function checkDelimiter(delimiter: string): void {
  if (/^(?:\t|[^\w\s".:+-])$/u.test(delimiter)) return;
  throw new TypeError(
    `Cannot use delimiter ${JSON.stringify(delimiter)}: expected one character such as ";", "," or a tab that is no ` +
      "part of a number or a time",
  );
}

/** A field as RFC 4180 writes it: in quotes where it holds a delimiter, a quote or a line end. */
export function quoteField(text: string, delimiter: string): string {
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const encoder = new TextEncoder();

/** Writes all of `text` as UTF-8: one call of the system may write less than it was given. */
export function writeText(output: Deno.FsFile, text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += output.writeSync(bytes.subarray(at));
}
