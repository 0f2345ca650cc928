import type { StagedFile } from "./collect.ts";
import { formsOf, strikeOut } from "../sandbox/strike_out.ts";

/**
 * Writes files of rejects anew without the secrets that a treatment was told, which a rejected value may be quoted with.
 *
 * @param rejects Files by name, out of reach of any child.
 * @returns What can be published.
 */
export function strikeRejects(
  rejects: ReadonlyMap<string, StagedFile>,
  secrets: readonly string[],
): ReadonlyMap<string, StagedFile> {
  const forms = formsOf(secrets);
  if (!forms.length) return rejects;
  return new Map([...rejects].map(([name, file]) => {
    const path = `${file.path}.struck`;
    strikeFile(file, path, forms);
    return [name, { path, size: Deno.lstatSync(path).size }];
  }));
}

/** Piece by piece: a stranger's file may have no line end for gigabytes. */
function strikeFile({ path, size }: StagedFile, struck: string, forms: readonly string[]): void {
  using source = Deno.openSync(path);
  using target = Deno.openSync(struck, { write: true, createNew: true });
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const longest = forms[0]!.length;
  const buffer = new Uint8Array(2 ** 16);
  let held = "";
  for (let left = size; left > 0;) {
    const read = source.readSync(buffer.subarray(0, left));
    if (read === null) break;
    left -= read;
    const text = strikeOut(held + decoder.decode(buffer.subarray(0, read), { stream: true }), forms);
    // The front of a secret whose rest comes with the next piece.
    const end = wholeUpTo(text, text.length - longest);
    write(target, text.slice(0, end));
    held = text.slice(end);
  }
  write(target, strikeOut(held + decoder.decode(), forms));
}

/** At most `end`, and not amid a character. */
function wholeUpTo(text: string, end: number): number {
  if (end <= 0) return 0;
  const isLowHalf = text.charCodeAt(end) >>> 10 === 0x37;
  return isLowHalf ? end - 1 : end;
}

function write(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
