import { assert } from "@std/assert";
import { poolOf } from "./pool_of.ts";

/** Tells what its process takes, and leaves 200 MB behind that have grown old meanwhile. */
const WASTEFUL = `
context.metric("rss", Deno.memoryUsage().rss);
const held = Array.from({ length: 50 }, () => new Uint8Array(2 ** 22).fill(1));
let young;
for (let i = 0; i < 3e6; i++) young = { i };
context.metric("held", held.length + young.i);
`;

Deno.test("a child does not grow by what its calls leave behind", async () => {
  await using held = poolOf(WASTEFUL, 1);
  const taken: number[] = [];
  for (let i = 0; i < 12; i++) taken.push(Math.round((await held.run()).metrics.rss! / 2 ** 20));
  assert(Math.max(...taken) < 200, `It took ${taken.join(", ")} MB as its calls began`);
});
