/** Floods of kv lines: more keys than are counted, more rows than the budget holds, lines longer than allowed. */
import { assert, assertEquals } from "@std/assert";
import { checkAccounts, parseBytes, parseSeveral } from "./parse_call.ts";

const DAY = "2026-01-20";
const T = `${DAY}T09:07:58Z`;

Deno.test("parse stays within memory and counts on a flood of unknown keys", async () => {
  const text = Array.from({ length: 3000 }, (_, i) => `${T};m0:1;k${i}x:3\n`).join("");
  const { metrics } = await parseBytes(text);
  const unknown = Object.entries(metrics).filter(([name]) => name.startsWith("unknown_key:"));
  assertEquals(unknown.length, 1001);
  assertEquals(unknown.reduce((sum, [, count]) => sum + count, 0), 3000);
});

Deno.test("parse names the unknown keys of a file though one before it had a flood of them", async () => {
  const flood = Array.from({ length: 1100 }, (_, i) => `${T};m0:1;k${i}:3\n`).join("");
  const { metrics } = await parseSeveral([flood, `${T};m0:1;salinity:35\n`]);
  assertEquals(metrics["unknown_key:salinity"], 1);
});

Deno.test("parse writes further runs when its columns exceed the budget, with all rows in order", async () => {
  const time = (second: number) => new Date(second * 1000).toISOString().slice(11, 19);
  const lines = Array.from({ length: 4000 }, (_, i) => `${DAY}T${time(i % 1000)}Z;m0:${i}\n`).join("");
  const whole = await parseBytes(lines);
  // In batches, and line by line.
  for (const quick of [true, false]) {
    const runs = await parseBytes(lines, { tuning: { budget: 20_000, chunk: 10_000, quick } });
    checkAccounts(runs);
    const name = `pil-90__bio_signal__${DAY}.parquet`;
    assert(Object.keys(runs.files).length > 2);
    assertEquals(
      Object.keys(runs.files).map((file) => file.replace(/^run-\d+\//, "")),
      Object.keys(runs.files).map(() => name),
    );
    const order = Object.keys(runs.files).sort((a, b) =>
      Number(a.match(/run-(\d+)/)?.[1] ?? 1) - Number(b.match(/run-(\d+)/)?.[1] ?? 1)
    );
    const merged = order.flatMap((file) => runs.files[file]!.rows).sort(([a], [b]) => a - b);
    assertEquals(merged, [...whole.files[name]!.rows]);
  }
});

Deno.test("parse survives a line of 10 MB, and refuses one that is longer than allowed", async () => {
  const long = `${T}${";m0:1;m1:2;x:0".repeat(700_000)}`;
  const around = `${T};m0:3\n`;
  const read = await parseBytes(`${around}${long}\n${around}`);
  assertEquals([read.metrics.accepted, read.metrics.rejected], [3, 0]);
  for (const chunk of [1000, 2 ** 24]) {
    for (const end of ["\n", ""]) {
      const { metrics, rejects } = await parseBytes(`${around}${long}${end}`, {
        tuning: { longest: 9_000_000, chunk },
      });
      assertEquals([metrics.accepted, metrics.rejected, metrics.lines], [1, 1, 2]);
      assertEquals([rejects[0]!.line, rejects[0]!.byte_offset, rejects[0]!.reason], [
        2,
        around.length,
        "line too long",
      ]);
    }
    const open = await parseBytes(`${around}${long}`, { tuning: { longest: 9_000_000, chunk }, settled: false });
    assertEquals([open.metrics.accepted, open.metrics.pending, open.metrics.lines], [1, 1, 2]);
  }
});

Deno.test("parse refuses a line that is too long however plain it is", async () => {
  const [longest, longer] = [5, 6].map((zeros) => `${T};m0:${"0".repeat(zeros)}1\n`);
  const text = `${T};m0:1\n`.repeat(2) + `${longest}${longer}${T};m0:1`;
  for (const quick of [true, false]) {
    const { metrics, rejects } = await parseBytes(text, { tuning: { longest: longest!.length - 1, quick } });
    assertEquals([metrics.accepted, rejects.map(({ line, reason }) => [line, reason])], [4, [[4, "line too long"]]]);
  }
});

Deno.test("parse goes on behind a line that is too long, with the numbers and offsets that lines have", async () => {
  const before = `${T};m0:1\n${T};m0:${"0".repeat(5000)}1\n${T};m0:2\n`;
  for (const chunk of [100, 2 ** 18]) {
    const { metrics, rejects } = await parseBytes(`${before}${T};m0:x\n`, { tuning: { longest: 1000, chunk } });
    assertEquals([metrics.accepted, metrics.rejected, metrics.lines], [3, 1, 4]);
    assertEquals(rejects.map(({ line, byte_offset }) => [line, byte_offset]), [
      [2, before.indexOf("\n") + 1],
      [4, before.length],
    ]);
  }
});

Deno.test("parse takes all whole lines of a file that is still written, however small its chunks", async () => {
  const text = `${`${T};m0:1\n`.repeat(50)}${T};m0`;
  const { metrics } = await parseBytes(text, { settled: false, tuning: { chunk: 40 } });
  assertEquals([metrics.accepted, metrics.pending, metrics.lines], [50, 1, 51]);
});
