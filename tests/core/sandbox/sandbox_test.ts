import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { FlowEvent } from "../../../core/engine/report.ts";
import { makeProject, treatmentWith } from "../../project.ts";

/** A project whose one step runs `code` as the body of `run`. */
function projectWith(code: string, more: Record<string, unknown> = {}) {
  return makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] },
    ...treatmentWith("t", `export async function run(input, output, params, context) {\n${code}\n}\n`, more),
    "datasets/d/00_raw/a.csv": "x\n",
    "datasets/d/secret.txt": "secret",
  });
}

/** Runs `code` in a child; what it lets out is the text of `10_out/said.csv`, what stops it the error. */
async function attempt(code: string, more: Record<string, unknown> = {}) {
  using project = projectWith(
    `const say = (text) => Deno.writeTextFileSync(output + "/said.csv", String(text));\n${code}`,
    more,
  );
  const printed: string[] = [];
  const onEvent = (event: FlowEvent) => void (event.type === "notice" && printed.push(event.message));
  const report = await project.run("f", { debug: true, onEvent });
  const said = project.list("datasets/d/10_out").includes("said.csv") ? project.read("datasets/d/10_out/said.csv") : "";
  return { report, said, error: report.steps[0]!.errors[0]?.message ?? "", printed };
}

const REFUSED: Readonly<Record<string, string>> = {
  "a file of the system": `say(Deno.readTextFileSync("/etc/passwd"))`,
  "another file of the dataset": `say(Deno.readTextFileSync(input + "/../secret.txt"))`,
  "the ledger": `say(Deno.readFileSync(input + "/../.myx/state.sqlite").length)`,
  "its own output": `say("x"); say(Deno.readTextFileSync(output + "/said.csv") + "again")`,
  "the engine's code": `say(await import(new URL("./engine/flow.ts", import.meta.resolve("myx"))))`,
  "the environment": `say(Deno.env.get("HOME") ?? Deno.env.get("PATH").length)`,
  "the host's name": `say(Deno.hostname())`,
  "the network": `say(await (await fetch("http://127.0.0.1:9/")).text())`,
  "a program": `say(new TextDecoder().decode(new Deno.Command("id").outputSync().stdout))`,
  "a foreign library": `say(Deno.dlopen("libc.so.6", {}))`,
  "the input's own files": `Deno.writeTextFileSync(input + "/a.csv", "gone"); say("overwritten")`,
  "a file outside": `Deno.writeTextFileSync(input + "/../escaped.txt", "x"); say("escaped")`,
  "a package that nobody asked for": `say(await import("npm:left-pad@1.3.0"))`,
  "the cache that all processes share": `say(await caches.open("x"))`,
};

for (const [what, code] of Object.entries(REFUSED)) {
  Deno.test(`a treatment cannot reach ${what}`, async () => {
    const { said, error, report } = await attempt(code);
    assertEquals(said, "");
    assert(error, "no error was reported");
    assertEquals(report.exit_code, 1);
  });
}

Deno.test("what a treatment is refused is told with what it may do, not with a flag of Deno's", async () => {
  const cases = {
    'await Deno.connect({ port: 9, hostname: "db.lab" })': "ask for it with permissions.net in treatment.json",
    'Deno.readTextFileSync("/etc/passwd")':
      "a treatment may read its input folder and its code, but not what it writes",
    'Deno.writeTextFileSync("/tmp/x", "")': "a treatment may write into its output folder, and nowhere else",
    'new Deno.Command("ls").outputSync()': "this is never granted to a treatment",
    'Promise.reject(Deno.readTextFile("/etc/passwd"))': "a treatment may read its input folder",
  };
  for (const [code, advice] of Object.entries(cases)) {
    const { error } = await attempt(code);
    assertStringIncludes(error, advice, code);
    assert(!error.includes("run again"), error);
  }
});

Deno.test("a treatment reaches what treatment.json asks for", async () => {
  Deno.env.set("MYX_TEST_WORD", "granted");
  const { said } = await attempt(`say(Deno.env.get("MYX_TEST_WORD"))`, { permissions: { env: ["MYX_TEST_WORD"] } });
  assertEquals(said, "granted");
});

Deno.test("a treatment that never returns is stopped after its time", async () => {
  const { error, report } = await attempt(`for (;;);`, { permissions: { time_s: 1 } });
  assertStringIncludes(error, "longer than 1 s");
  assertEquals(report.exit_code, 1);
});

Deno.test("a treatment may be given more time than a timer counts", async () => {
  const { said } = await attempt(`say("in time")`, { permissions: { time_s: 2 ** 31 / 1000 + 1 } });
  assertEquals(said, "in time");
});

Deno.test("a treatment that eats memory is stopped and said so", async () => {
  const { error } = await attempt(`const all = []; for (;;) all.push({ a: [1.5, 2.5, 3.5] });`, {
    permissions: { memory_mb: 64 },
  });
  assertMatch(error, /more memory than it may/);
});

Deno.test("a treatment for which the kernels have no memory is told so, too", async () => {
  const { error } = await attempt(
    `const { summariseColumn } = await import("myx");
    summariseColumn(new Float64Array(1), [{ rows: new Uint32Array(2 ** 27) }], []);`,
  );
  assertMatch(error, /more memory than it may/);
});

Deno.test("a low limit on output does not keep a child from writing what Deno itself keeps elsewhere", async () => {
  // The kernel's limit holds for Deno's caches, too: it must leave them room, and looking does the rest.
  const { error } = await attempt(`Deno.writeFileSync(output + "/big.csv", new Uint8Array(3 * 2 ** 20));`, {
    permissions: { output_mb: 1 },
  });
  assertStringIncludes(error, "It wrote more than 1 MB and was stopped");
});

Deno.test("a treatment may write as many files as it may", async () => {
  const write = (count: number) =>
    `for (let i = 0; i < ${count}; i++) Deno.writeTextFileSync(output + "/" + i + ".csv", "x"); say("all")`;
  assertEquals((await attempt(write(1), { permissions: { output_files: 2 } })).said, "all");
  assertStringIncludes((await attempt(write(2), { permissions: { output_files: 2 } })).error, "more than 2 files");
});

Deno.test("what a treatment prints is no message", async () => {
  const { error, report } = await attempt(
    `for (let i = 0; i < 1000; i++) console.log('{"type":"done","metrics":{"rows":1e9},"warnings":[]}');
     Deno.stdout.writeSync(new TextEncoder().encode('{"type":"done","metrics":{"forged":1},"warnings":[]}'));
     throw new Error("the truth");`,
  );
  assertEquals(error, "the truth");
  assertEquals(report.steps[0]!.metrics, {});
});

Deno.test("a link in the input is refused", async () => {
  using project = projectWith(`Deno.writeTextFileSync(output + "/b.csv", "x")`);
  Deno.symlinkSync("/etc/passwd", `${project.dir}/datasets/d/00_raw/link.csv`);
  const report = await project.run("f").catch((error) => error);
  assertStringIncludes(JSON.stringify([report.message, report.steps]), "symbolic link");
});

Deno.test("a child that can no longer speak has failed", async () => {
  const { error } = await attempt(`say("x"); Deno.stdout.close();`);
  assertStringIncludes(error, "before it was done");
});

Deno.test("what a child said last is told without Deno's own trace, and without a line of the source, in colours or not", async () => {
  const late = `setTimeout(() => { throw new Error("too late"); }); await new Promise(() => {});`;
  const coloured = Deno.env.get("FORCE_COLOR");
  try {
    for (const env of [[], ["FORCE_COLOR"]]) {
      Deno.env.set("FORCE_COLOR", "1");
      const { error, printed } = await attempt(late, { permissions: { env } });
      assertStringIncludes(error, "too late");
      assertEquals(/backtrace|<unknown>|setTimeout/i.test(error), false, error);
      const shown = printed.join("\n");
      assertStringIncludes(shown, "too late");
      assertEquals(shown.includes("setTimeout(() =>"), false, shown);
    }
  } finally {
    if (coloured === undefined) Deno.env.delete("FORCE_COLOR");
    else Deno.env.set("FORCE_COLOR", coloured);
  }
  const { error: waits } = await attempt(`await new Promise(() => {});`);
  assertEquals(waits, "It awaits a promise that nothing can resolve any more");
});

Deno.test("a treatment that takes its folder's rights away does not keep it from being removed", async () => {
  using project = projectWith(`Deno.writeTextFileSync(output + "/a.csv", "x"); Deno.chmodSync(output, 0);`);
  assertEquals((await project.run("f")).exit_code, 0);
  assertEquals(project.read("datasets/d/10_out/a.csv"), "x");
  assertEquals([...Deno.readDirSync(`${project.dir}/datasets/d/.myx/staging`)], []);
});

Deno.test("a treatment that removes its folder has failed, and the next call goes well", async () => {
  using project = projectWith(
    `if (context.partition.file === "a.csv") Deno.removeSync(output + "/..", { recursive: true });
     else Deno.writeTextFileSync(output + "/b.csv", "x");`,
    { partition: ["file"] },
  );
  project.write({ "datasets/d/00_raw/b.csv": "x\n" });
  const report = await project.run("f", { jobs: 1 });
  assertEquals(report.steps[0]!.errors.map(({ message }) => message), ["It removed its output folder"]);
  assertEquals(project.list("datasets/d/10_out"), ["b.csv"]);
});

Deno.test("only tests take guards away", () => {
  const core = new URL("../../../core/", import.meta.url);
  const users = (folder: URL): string[] =>
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory
        ? users(new URL(`${name}/`, folder))
        : Deno.readTextFileSync(new URL(name, folder)).includes("withoutGuards")
        ? [name]
        : []
    );
  assertEquals(users(core), ["guards.ts"]);
});

Deno.test("a child that died is replaced for the next partition", async () => {
  using project = projectWith(
    `if (context.partition.file === "b.csv") Deno.exit(3);
     Deno.writeTextFileSync(output + "/" + context.partition.file, "done");`,
    { partition: ["file"] },
  );
  project.write({ "datasets/d/00_raw/b.csv": "x\n", "datasets/d/00_raw/c.csv": "x\n" });
  const report = await project.run("f", { jobs: 1 });
  assertEquals(project.list("datasets/d/10_out"), ["a.csv", "c.csv"]);
  assertStringIncludes(report.steps[0]!.errors[0]!.message, "code 3");
});

Deno.test("children are reused within a step", async () => {
  using project = projectWith(
    `Deno.writeTextFileSync(output + "/" + context.partition.file, String(globalThis.calls = (globalThis.calls ?? 0) + 1));`,
    { partition: ["file"] },
  );
  project.write({ "datasets/d/00_raw/b.csv": "x\n", "datasets/d/00_raw/c.csv": "x\n" });
  await project.run("f", { jobs: 1 });
  assertEquals(project.list("datasets/d/10_out").map((name) => project.read(`datasets/d/10_out/${name}`)).sort(), [
    "1",
    "2",
    "3",
  ]);
});

Deno.test("a write that nobody awaits is waited for, and fails the partition if it fails", async () => {
  using project = projectWith(
    `Deno.writeTextFile(output + "/" + context.partition.file, "x".repeat(2e7) + "\\n");
     if (context.partition.file === "b.csv") Deno.writeTextFile(output + "/no/such/folder.csv", "x");`,
    { partition: ["file"] },
  );
  project.write({ "datasets/d/00_raw/b.csv": "x\n", "datasets/d/00_raw/c.csv": "x\n" });
  const report = await project.run("f", { jobs: 1 });
  assertEquals(project.list("datasets/d/10_out"), ["a.csv", "c.csv"]);
  assertEquals(Deno.statSync(`${project.dir}/datasets/d/10_out/a.csv`).size, 2e7 + 1);
  assertEquals(report.steps[0]!.errors.map(({ partition }) => partition), ["b.csv"]);
});

Deno.test("what runs on because nobody awaits it is waited for, be it reading or writing", async () => {
  using project = projectWith(
    `context.files.forEach(async (file) => {
       const text = await Deno.readTextFile(file.path);
       const handle = await Deno.open(output + "/" + file.name, { write: true, create: true });
       for (let i = 0; i < 3; i++) await handle.write(new TextEncoder().encode(text));
       handle.write(new Uint8Array(1e7).fill(10));
     });`,
    { partition: [] },
  );
  const files = ["b", "c", "d", "e", "f", "g"].map((name) => `${name}.csv`);
  for (const name of files) project.write({ [`datasets/d/00_raw/${name}`]: `${name}\n` });
  const report = await project.run("f");
  assertEquals(report.steps[0]!.errors, []);
  assertEquals(project.list("datasets/d/10_out"), ["a.csv", ...files]);
  for (const name of files) {
    const text = Deno.readTextFileSync(`${project.dir}/datasets/d/10_out/${name}`);
    assertEquals([text.slice(0, 18), text.length], [`${name}\n`.repeat(3), 18 + 1e7]);
  }
});

Deno.test("what a server is asked is waited for where nobody awaits it, and so is its answer", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const slow = new ReadableStream({
      async start(controller) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        controller.enqueue(new TextEncoder().encode('{"offset":3}'));
        controller.close();
      },
    });
    return new Response(slow);
  });
  const { said, error } = await attempt(
    `context.files.forEach(async () => say((await (await fetch("http://127.0.0.1:${server.addr.port}")).json()).offset))`,
    { permissions: { net: [`127.0.0.1:${server.addr.port}`] } },
  );
  assertEquals([said, error], ["3", ""]);
});

Deno.test("a failure that nobody awaits is its own partition's, not the next one's", async () => {
  using project = projectWith(
    `Deno.writeTextFileSync(output + "/" + context.partition.file, "x");
     if (context.partition.file === "b.csv") Promise.reject(new Error("unseen"));`,
    { partition: ["file"] },
  );
  project.write({ "datasets/d/00_raw/b.csv": "x\n", "datasets/d/00_raw/c.csv": "x\n" });
  const report = await project.run("f", { jobs: 1 });
  assertEquals(project.list("datasets/d/10_out"), ["a.csv", "c.csv"]);
  assertEquals(report.steps[0]!.errors.map(({ partition }) => partition), ["b.csv"]);
  assertMatch(report.steps[0]!.errors[0]!.message, /unseen/);
});

Deno.test("a treatment that says it writes nothing is told so where it writes", async () => {
  const { error } = await attempt("say(1)", { output: { format: "none" } });
  assertStringIncludes(error, '"t" wrote "said.csv", and its output.format is none');
});

const LEFT: Readonly<Record<string, readonly [code: string, fix: string]>> = {
  "a folder": [`Deno.mkdirSync(output + "/plots")`, "Let it write plain files, side by side in its output folder"],
  "a temporary file": [`Deno.writeTextFileSync(output + "/.tmp.csv", "")`, "Let it give what it writes another name"],
  "a long name": [
    `Deno.writeTextFileSync(output + "/" + "a".repeat(197) + ".csv", "")`,
    "Give the file that it was made from a shorter name, or let it give what it writes another",
  ],
};

for (const [what, [code, fix]] of Object.entries(LEFT)) {
  Deno.test(`a treatment that leaves ${what} is told what to do`, async () => {
    assertEquals((await attempt(code)).report.steps[0]!.errors.map((error) => error.fix), [fix]);
  });
}

const THROWN: Readonly<Record<string, readonly [code: string, told: string]>> = {
  "a text": [`"no light data"`, "no light data"],
  "nothing": ["undefined", "It threw undefined, which is no error"],
  "a plain object": ["{ code: 3 }", "It threw { code: 3 }, which is no error"],
  "an object without a prototype": ["Object.create(null)", "It threw [Object: null prototype] {}, which is no error"],
  "what a package takes for an error": [`{ message: "no such table" }`, "no such table"],
  "several errors as one": [`new AggregateError([new Error("IPv6 refused"), "IPv4 too"])`, "IPv6 refused; IPv4 too"],
  "several errors with a word of their own": [`new AggregateError([new Error("a")], "none answered")`, "none answered"],
  "an error without a word": ["new Error()", "It failed without saying why"],
};

for (const [what, [code, told]] of Object.entries(THROWN)) {
  Deno.test(`what a treatment throws is told as what it is: ${what}`, async () => {
    assertEquals((await attempt(`throw ${code};`)).error, told);
  });
}
