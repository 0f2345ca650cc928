import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readMessage } from "../../../core/sandbox/claims.ts";
import { formsOf } from "../../../core/sandbox/strike_out.ts";
import type { Message } from "../../../core/sandbox/protocol.ts";
import { isPrintable } from "../../../core/contract/printable.ts";
import { cleanText } from "../../../core/sandbox/clean_text.ts";

type Done = Extract<Message, { type: "done" }>;

const read = (message: unknown) => readMessage(JSON.stringify(message));

Deno.test("readMessage() keeps what a treatment honestly reports", () => {
  const message = { type: "done", metrics: { lines: 3, "unknown_key:é t": 1, ts_min: -1.5 }, warnings: ["odd: 5 µm"] };
  assertEquals(read(message), message);
  assertEquals(read({ type: "progress", done: 1, total: 2 }), { type: "progress", done: 1, total: 2 });
  assertEquals(read({ type: "error", message: "two\nlines", stack: "at x" }), {
    type: "error",
    message: "two\nlines",
    stack: "at x",
  });
});

Deno.test("readMessage() drops counters that are no numbers or stand for something else", () => {
  const metrics = `{"a":1,"b":"2","c":null,"d":1e999,"g":-1.7e308,"file":5,"__proto__":6,"e":{"f":1}}`;
  const message = readMessage(`{"type":"done","metrics":${metrics},"warnings":7}`);
  assertEquals(message, { type: "done", metrics: { a: 1 }, warnings: [] });
});

Deno.test("readMessage() adds up counters whose names are shown alike", () => {
  const metrics = { "unknown_key:a\tb": 2, "unknown_key:a b": 3, "unknown_key:\x1b": 1, "unknown_key:\x07": 1 };
  const said = { "unknown_key:a b": 5, "unknown_key:\ufffd": 2 };
  assertEquals(read({ type: "done", metrics, warnings: [] }), { type: "done", metrics: said, warnings: [] });
});

Deno.test("readMessage() takes no list for counters, of the call or of a file", () => {
  const counters = { "0": 1, "1": 2 };
  const said = { metrics: [1, 2], warnings: [], wrote: ["a\x1bb"] };
  assertEquals(read({ type: "done", metrics: [1, 2], warnings: [], files: { f: said, g: 7 } }), {
    type: "done",
    metrics: counters,
    warnings: [],
    files: { f: { metrics: counters, warnings: [], wrote: ["a\ufffdb"] } },
  });
});

Deno.test("readMessage() rebuilds what is said of each of several calls, each in its place", () => {
  const said = [{ metrics: { a: 1, b: "2" }, warnings: ["a\x1bb", 7] }, 7, { metrics: { file: 1 } }];
  const none = { metrics: {}, warnings: [] };
  assertEquals(read({ type: "done", metrics: {}, warnings: [], several: said }), {
    type: "done",
    ...none,
    several: [{ metrics: { a: 1 }, warnings: ["a\ufffdb", ""] }, none, none],
  });
  assertEquals(read({ type: "done", metrics: {}, warnings: [], several: { "0": said[0] } }), { type: "done", ...none });
});

Deno.test("readMessage() cuts what is too much and says so", () => {
  const metrics = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`m${i}`, i]));
  const message = read({
    type: "done",
    metrics,
    warnings: Array.from({ length: 102 }, () => "x".repeat(5000)),
  }) as Done;
  assertEquals(Object.keys(message.metrics).length, 10_000);
  assertEquals(message.warnings.slice(100), ["1 more metrics are left out", "2 more warnings are left out"]);
  assertEquals(message.warnings[0]!.length, 1003);
});

Deno.test("readMessage() returns nothing for what is no message", () => {
  for (const text of ["", "{", "null", "7", "[]", '{"type":"ready2"}', '{"type":"progress","done":"x","total":1}']) {
    assertEquals(readMessage(text), undefined);
  }
});

Deno.test("readMessage() gives printable text whatever is said", () => {
  fc.assert(fc.property(fc.anything(), fc.string({ unit: "binary" }), (anything, text) => {
    const message = readMessage(
      JSON.stringify({ type: "done", metrics: { [text]: 1, x: anything }, warnings: [text, anything] }) ?? "",
    ) as Done;
    for (const said of [...Object.keys(message.metrics), ...message.warnings]) assert(isPrintable(said), said);
    for (const value of Object.values(message.metrics)) assert(Number.isFinite(value));
  }));
});

Deno.test("cleanText() leaves no character that a terminal acts on", () => {
  assertEquals(cleanText("a\x1b[2Jb\r\nc\td\u202ee\u009bf", { limit: 100 }), "a�[2Jb��c d�e�f");
  assertEquals(cleanText("a\r\nb", { limit: 100, lines: true }), "a�\nb");
  assertEquals(cleanText("abcdef", { limit: 3 }), "abc...");
  assertEquals(cleanText("Größe 5 µm 測定 🐚", { limit: 100 }), "Größe 5 µm 測定 🐚");
});

Deno.test("readMessage() strikes secrets out before it cuts, but not out of names that files are found by", () => {
  const secrets = formsOf(["hunter2", "hunter2\nlong", "abc"]);
  const readWith = (message: unknown) => readMessage(JSON.stringify(message), secrets);
  const text = `${"x".repeat(995)}hunter2`;
  const said = { metrics: { "abc hunter2": 1 }, warnings: [text, "hunter2\nlong"] };
  const files = { "hunter2.csv": { ...said, wrote: ["hunter2.parquet"] } };
  const struck = { metrics: { "abc ***": 1 }, warnings: [`${"x".repeat(995)}***`, "***"] };
  assertEquals(readWith({ type: "done", ...said, files, several: [said] }), {
    type: "done",
    ...struck,
    files: { "hunter2.csv": { ...struck, wrote: ["hunter2.parquet"] } },
    several: [struck],
  });
  const failed = { type: "error", message: "no hunter2, hunter2%0Along", stack: "at hunter2\\nlong" };
  assertEquals(readWith(failed), { type: "error", message: "no ***, ***", stack: "at ***" });
});
