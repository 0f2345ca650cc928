/** Reads simulated files back, by rules of its own: as bytes, and by one regular expression. */
import { assert } from "@std/assert";
import type { Outcome } from "../harness.ts";

/** A line that is not broken. Broken ones have no whole stamp, a day that is none, or a byte that is no UTF-8. */
const LINE =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d\d:\d\d:\d\d\.\d{6}Z)((?:;[a-z_]+\d*:[^;\x80-\xff]*)+)$/;

/** Lines as bytes: one character per byte. */
export function linesOf(outcome: Outcome, name: string): string[] {
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(`${outcome.dir}/${name}`));
  assert(text.endsWith("\n"), `${name} ends with a whole line`);
  return text.slice(0, -1).split("\n");
}

/** Time in microseconds and values by key of a line, or `undefined` of a broken one. */
export function readLine(line: string) {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const values = new Map(match[2]!.slice(1).split(";").map((part) => part.split(":") as [string, string]));
  const [second, micros] = [match[1]!.slice(0, 19), match[1]!.slice(20, 26)];
  return { ts: Date.parse(`${second}Z`) * 1000 + Number(micros), values };
}
