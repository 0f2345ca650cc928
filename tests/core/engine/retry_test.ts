import { assert, assertEquals } from "@std/assert";
import { makeProject, treatmentWith } from "../../project.ts";

/** A treatment that talks to a server, in a project whose step tries again so often. */
function project(port: number, retries: number, retry_delay_s = 0.1) {
  return makeProject({
    ...treatmentWith(
      "ask",
      "export async function run(_input: string, output: string, { port }: { port: number }) {\n" +
        "  const response = await fetch(`http://127.0.0.1:${port}/`);\n" +
        "  const text = await response.text();\n" +
        "  if (!response.ok) throw new Error(`The server says ${response.status}`);\n" +
        "  Deno.writeTextFileSync(`${output}/answer.csv`, text);\n}\n",
      { permissions: { net: ["127.0.0.1:{port}"] }, params: { port: { type: "integer", required: true } } },
    ),
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [{ treatment: "ask", input: "00_raw", output: "out", retries, retry_delay_s, params: { port } }],
    },
    "datasets/d/00_raw/a.csv": "a\n",
  });
}

/** A server that refuses the first requests; tells when each came. */
async function serve(refused: number, body: (port: number, times: number[]) => Promise<void>): Promise<void> {
  const times: number[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    times.push(performance.now());
    return times.length > refused ? new Response("fine\n") : new Response("later", { status: 503 });
  });
  await body(server.addr.port, times);
}

Deno.test("a step with retries tries again what failed in the treatment, and waits longer each time", async () => {
  await serve(2, async (port, times) => {
    using p = project(port, 3);
    const report = await p.run("f");
    assertEquals([report.exit_code, times.length, p.read("datasets/d/out/answer.csv")], [0, 3, "fine\n"]);
    const [first, second] = [times[1]! - times[0]!, times[2]! - times[1]!];
    assert(first >= 100 && second >= 200, `waited ${first} and ${second} ms`);
  });
});

Deno.test("a step whose retries are used up fails with what the treatment said last, and keeps nothing", async () => {
  for (const [retries, requests] of [[0, 1], [1, 2]] as const) {
    await serve(9, async (port, times) => {
      using p = project(port, retries);
      const report = await p.run("f");
      assertEquals([report.exit_code, times.length, p.list("datasets/d/out")], [1, requests, []]);
      assert(report.steps[0]!.errors[0]!.message.includes("The server says 503"), report.steps[0]!.errors[0]!.message);
    });
  }
});

Deno.test("what keeps every call from being made is neither tried again nor looked for anew", async () => {
  using p = project(1, 1, 600);
  p.write({ "datasets/d/00_raw/b.csv": "b\n", "datasets/d/00_raw/more/c.csv": "c\n" });
  Deno.symlinkSync("c.csv", `${p.dir}/datasets/d/00_raw/more/link`);
  const report = await p.run("f", { signal: AbortSignal.timeout(10_000) });
  assertEquals(report.exit_code, 1);
  assert(report.steps[0]!.errors[0]!.message.includes("a symbolic link"), report.steps[0]!.errors[0]!.message);
});
