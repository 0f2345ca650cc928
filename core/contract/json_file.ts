import { UsageError } from "./errors.ts";
import { isTooDeep } from "./json_depth.ts";
import { findRepeatedKey, findSyntaxError, type SyntaxPlace } from "./json_syntax.ts";

/**
 * Reads a JSON file. A byte order mark, which editors on Windows write, is skipped.
 *
 * @throws {UsageError} If it is missing, not for us to read, not UTF-8, or no JSON, then with line and column; or has a key twice.
 */
export function readJson(path: string): unknown {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw new UsageError(`Cannot read "${path}": no such file`, { cause });
    if (cause instanceof Deno.errors.IsADirectory) {
      throw new UsageError(`Cannot read "${path}": it is a folder`, { cause });
    }
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new UsageError(`Cannot read "${path}": you have no right to`, {
        fix: "Ask its owner for the right to read it",
        cause,
      });
    }
    throw cause;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`Cannot read "${path}": it is not UTF-8 text`, { fix: "Save it as UTF-8.", cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const place = placeOf(text, path);
    if (!place) throw cause;
    const { line, column, found, expected } = place;
    throw new UsageError(
      `Cannot read "${path}" at line ${line}, column ${column}: found ${found}, expected ${expected}`,
      { cause },
    );
  }
  if (isTooDeep(value)) throw new UsageError(`Cannot read "${path}": it is nested too deeply`);
  const repeated = findRepeatedKey(text);
  if (repeated) {
    const { key, line } = repeated;
    throw new UsageError(`Cannot read "${path}" at line ${line}: key "${key}" stands there a second time`);
  }
  return value;
}

function placeOf(text: string, path: string): SyntaxPlace | undefined {
  try {
    return findSyntaxError(text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // It walks the text by recursion.
    throw new UsageError(`Cannot read "${path}": it is nested too deeply`, { cause });
  }
}
