import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readLines } from "../../../core/sandbox/protocol.ts";

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  return await Array.fromAsync(readLines(ReadableStream.from(chunks) as ReadableStream<Uint8Array>));
}

Deno.test("readLines() gives the same lines however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), fc.integer({ min: 1, max: 9 }), async (texts, size) => {
      const lines = texts.map((text) => text.replaceAll("\n", ""));
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
      const chunks = Array.from(
        { length: Math.ceil(bytes.length / size) },
        (_, i) => bytes.slice(i * size, (i + 1) * size),
      );
      assertEquals(await linesOf(chunks), lines);
    }),
  );
});

Deno.test("readLines() gives a last line without its end, and copes with a long one in many pieces", async () => {
  assertEquals(await linesOf([new TextEncoder().encode("a\nb")]), ["a", "b"]);
  const piece = new Uint8Array(2 ** 12).fill(120);
  const start = performance.now();
  const [line] = await linesOf(Array.from({ length: 2 ** 12 }, () => piece));
  assertEquals(line!.length, 2 ** 24);
  assertEquals(performance.now() - start < 5000, true, "it took long enough to be quadratic");
});
