import { assertEquals } from "@std/assert";
import { chooseLines, formatEntries, type LogChoice } from "../../../core/cli/logs.ts";

const entry = (run_id: string, status: string, i: number) =>
  JSON.stringify({ ts: `2026-01-20T00:00:0${i}.000Z`, run_id, flow: "daily", step: "clean", status });

const LOG = [
  entry("a", "start", 0),
  entry("a", "error", 1),
  '{"ts": "2026-01-20T00:00:0', // cut short by a crash
  "null",
  "{}",
  "[1]",
  '{"ts": 1, "run_id": "a", "flow": "daily", "status": "error"}',
  entry("b", "start", 2),
  entry("b", "success", 3),
].join("\n");

async function choose(choice: LogChoice): Promise<string[]> {
  const bytes = new TextEncoder().encode(`${LOG}\n`);
  // Chunks of 7 bytes: lines straddle them.
  const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.slice(7 * i, 7 * i + 7));
  const lines = await chooseLines([ReadableStream.from(chunks)], choice);
  return lines.map((line) => JSON.parse(line)).map(({ run_id, status }) => `${run_id} ${status}`);
}

Deno.test("chooseLines() picks by run, by error and from the end, over broken lines", async () => {
  const all = { errors: false, last: Infinity };
  assertEquals(await choose(all), ["a start", "a error", "b start", "b success"]);
  assertEquals(await choose({ ...all, run: "a" }), ["a start", "a error"]);
  assertEquals(await choose({ ...all, errors: true }), ["a error"]);
  assertEquals(await choose({ ...all, last: 1 }), ["b success"]);
  assertEquals(await choose({ ...all, last: 3 }), ["a error", "b start", "b success"]);
});

Deno.test("chooseLines() takes the older log first, whose last line may be cut short", async () => {
  const logs = [`${entry("a", "start", 0)}\n{"ts": "20`, `${entry("b", "start", 1)}\n`].map((text) =>
    ReadableStream.from([new TextEncoder().encode(text)])
  );
  const lines = await chooseLines(logs, { errors: false, last: 5 });
  assertEquals(lines.map((line) => JSON.parse(line).run_id), ["a", "b"]);
});

Deno.test("formatEntries() puts an error's text below its line", () => {
  const base = { ts: "2026-01-20T00:00:01.000Z", run_id: "a", flow: "daily" };
  assertEquals(
    formatEntries([
      { ...base, step: "clean", partition: "x 2026-01-20", status: "error", duration_ms: 12, error: "It broke\nhard" },
      { ...base, status: "success", duration_ms: 1500, rows_out: 86_400, rejects: 2 },
    ]),
    `2026-01-20 00:00:01  a  error    daily  clean x 2026-01-20  12 ms
    It broke
    hard
2026-01-20 00:00:01  a  success  daily                      1.5 s, 86,400 rows, 2 rejects`,
  );
});

Deno.test("formatEntries() does not set all lines by a long file name", () => {
  const base = { ts: "2026-01-20T00:00:01.000Z", run_id: "a", flow: "daily", status: "error", step: "parse" } as const;
  const long = `${"x".repeat(150)}.csv`;
  assertEquals(
    formatEntries([{ ...base, partition: long }, { ...base, duration_ms: 5 }, { ...base, duration_ms: 12 }]),
    `2026-01-20 00:00:01  a  error  daily  parse ${long}
2026-01-20 00:00:01  a  error  daily  parse  5 ms
2026-01-20 00:00:01  a  error  daily  parse  12 ms`,
  );
});

Deno.test("formatEntries() keeps an entry on its line, and escape sequences off the terminal, when a file is called so", () => {
  const base = { ts: "2026-01-20T00:00:01.000Z", run_id: "a", flow: "daily", status: "error", step: "parse" } as const;
  assertEquals(
    formatEntries([{ ...base, partition: "a\nb.csv" }, {
      ...base,
      partition: "\x1b[31mc.csv",
      error: "No \x1b[31mc.csv",
    }]),
    `2026-01-20 00:00:01  a  error  daily  parse a\ufffdb.csv
2026-01-20 00:00:01  a  error  daily  parse \ufffd[31mc.csv
    No \ufffd[31mc.csv`,
  );
});
