import { UsageError } from "../contract/errors.ts";
import { isTooDeep } from "../contract/json_depth.ts";
import { findRepeatedKey } from "../contract/json_syntax.ts";
import { isNowhere } from "../contract/project.ts";

/**
 * Reads the value of `--params`: a JSON object, or `@` and the path of a file that holds one.
 *
 * @throws {UsageError} If it is neither.
 */
export function readParams(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  const fromFile = text.startsWith("@");
  const what = fromFile ? `params from "${text.slice(1)}"` : "--params";
  let json = text;
  if (fromFile) {
    try {
      json = Deno.readTextFileSync(text.slice(1)).replace(/^\ufeff/, ""); // Editors on Windows write the mark.
    } catch (cause) {
      const isFolder = cause instanceof Deno.errors.IsADirectory;
      if (!isFolder && !isNowhere(cause)) throw cause;
      throw new UsageError(`Cannot read ${what}: ${isFolder ? "it is a folder" : "there is no such file"}`, { cause });
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UsageError(`Cannot read ${what}: ${(cause as Error).message}`, {
      fix: `Write a JSON object in single quotes, as in --params '{"freq": "1s"}', or @file.json`,
      cause,
    });
  }
  if (isTooDeep(value)) throw new UsageError(`Cannot read ${what}: it is nested too deeply`);
  const repeated = findRepeatedKey(json);
  if (repeated) throw new UsageError(`Cannot read ${what}: key "${repeated.key}" stands there a second time`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`Cannot read ${what}: expected a JSON object, found ${JSON.stringify(value).slice(0, 60)}`, {
      fix: `Write the params by name, as in --params '{"freq": "1s"}'`,
    });
  }
  return value as Record<string, unknown>;
}
