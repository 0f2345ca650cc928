/** Where JSON text breaks the grammar first. Lines and columns count from 1. */
export interface SyntaxPlace {
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly expected: string;
}

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// deno-lint-ignore no-control-regex -- JSON wants control characters escaped
const STRING_START = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/**
 * Finds the first syntax error, or nothing in valid JSON. `JSON.parse` tells the place of some errors only, and of none
 * in short texts, so a text that it has refused is walked again here.
 */
export function findSyntaxError(text: string): SyntaxPlace | undefined {
  const end = value(text, 0);
  const stop = typeof end !== "number" ? end : skip(text, end) < text.length ? stopAt(text, end, END) : undefined;
  if (!stop) return undefined;
  const line = text.slice(0, stop.at).split("\n").length;
  const column = stop.at - text.lastIndexOf("\n", stop.at - 1);
  const char = text.codePointAt(stop.at);
  const found = char === undefined ? END : JSON.stringify(String.fromCodePoint(char));
  const hint = found === '"/"' || found === '"#"'
    ? " (JSON has no comments)"
    : /[}\]]/.test(found) && /,\s*$/.test(text.slice(0, stop.at))
    ? ` (JSON has no "," before it)`
    : "";
  return { line, column, found, expected: stop.expected + hint };
}

const END = "the end of the file";

/** Where a rule of the grammar could not go on. Each rule returns this, or the index behind what it took. */
interface Stop {
  readonly at: number;
  readonly expected: string;
}
type Rule = (text: string, at: number) => number | Stop;

function value(text: string, from: number): number | Stop {
  const at = skip(text, from);
  switch (text[at]) {
    case "{":
      return list(text, at + 1, "}", member);
    case "[":
      return list(text, at + 1, "]", value);
    case '"':
      return string(text, at);
  }
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : { at, expected: "a value" };
}

function list(text: string, from: number, close: string, element: Rule): number | Stop {
  let at = skip(text, from);
  if (text[at] === close) return at + 1;
  while (true) {
    const end = element(text, at);
    if (typeof end !== "number") return end;
    at = skip(text, end);
    if (text[at] === close) return at + 1;
    if (text[at] !== ",") return { at, expected: `"," or "${close}"` };
    at++;
  }
}

function member(text: string, from: number): number | Stop {
  const at = skip(text, from);
  if (text[at] !== '"') return { at, expected: "a key in double quotes" };
  const end = string(text, at);
  if (typeof end !== "number") return end;
  const colon = skip(text, end);
  return text[colon] === ":" ? value(text, colon + 1) : stopAt(text, end, '":"');
}

function string(text: string, from: number): number | Stop {
  STRING_START.lastIndex = from;
  STRING_START.test(text);
  const at = STRING_START.lastIndex;
  if (text[at] === '"') return at + 1;
  return { at, expected: text[at] === "\\" ? "an escape that JSON knows" : "a closing double quote" };
}

function skip(text: string, from: number): number {
  SPACE.lastIndex = from;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function stopAt(text: string, from: number, expected: string): Stop {
  return { at: skip(text, from), expected };
}

/** A key that one object of a JSON text has twice. Lines count from 1. */
export interface RepeatedKey {
  readonly key: string;
  readonly line: number;
}

/** What decides where an object begins and ends, and which of its strings are keys. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/gs;

/** Finds the first key that an object has twice, in valid JSON: `JSON.parse` takes the last one without a word. */
export function findRepeatedKey(text: string): RepeatedKey | undefined {
  const open: Set<string>[] = [];
  let last = "";
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const key: string = JSON.parse(last);
      const keys = open.at(-1)!;
      if (keys.has(key)) return { key, line: text.slice(0, index).split("\n").length };
      keys.add(key);
    }
    last = token;
  }
  return undefined;
}
