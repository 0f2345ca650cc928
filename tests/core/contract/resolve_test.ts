import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { findFlow } from "../../../core/contract/project.ts";
import { resolveFlow, type ResolveOptions } from "../../../core/contract/resolve.ts";
import { DENO_RUN } from "../../deno_run.ts";
import type { Files } from "../../files.ts";
import { problemsOf, tempProject, treatmentFiles } from "./temp_project.ts";

const now = Temporal.Instant.from("2026-01-20T09:00:00Z");
const step = (treatment: string, input: string, output: string, more: Files = {}) => ({
  treatment,
  input,
  output,
  ...more,
});
const window = { type: "integer", default: 1 };

const treatments: Files = {
  ...treatmentFiles("first", {
    params: {
      window,
      from: { type: "string" },
      domains: { type: "object" },
      password: { type: "string", secret: true },
    },
  }),
  ...treatmentFiles("second", { params: { window, mode: { type: "string", enum: ["a", "b"] } } }),
  ...treatmentFiles("source", { input: { format: "none" } }),
};

function project(flow: Files, files: Files = {}) {
  return tempProject({ ...treatments, "flows/f.json": { name: "f", dataset: "D", ...flow }, ...files });
}

function resolve(flow: Files, options: Partial<ResolveOptions> = {}, files: Files = {}) {
  const opened = project(flow, files);
  return resolveFlow(opened, findFlow(opened, "f"), { now, ...options });
}

function problems(flow: Files, options: Partial<ResolveOptions> = {}, files: Files = {}): string[] {
  const opened = project(flow, files);
  return problemsOf(opened, () => resolveFlow(opened, findFlow(opened, "f"), { now, ...options }))
    .map((line) => line.replace(/^Cannot use /, "").replace(' of "flows/f.json"', ""));
}

Deno.test("resolveFlow() merges four levels of params and gives each step those it declares", () => {
  const { steps } = resolve({
    params: { window: 2, mode: "a" },
    steps: [
      step("first", "00_raw", "1"),
      step("first", "1", "2", { params: { window: 3, domains: { any: 1 } } }),
      step("second", "2", "3"),
    ],
  });
  assertEquals(steps.map(({ params }) => params), [
    { window: 2, from: null, domains: null, password: null },
    { window: 3, from: null, domains: { any: 1 }, password: null },
    { window: 2, mode: "a" },
  ]);
  const flow = { steps: [step("first", "00_raw", "1", { params: { window: 3 } }), step("second", "1", "2")] };
  const over = resolve(flow, { params: { window: 4, mode: "b" } });
  assertEquals(over.steps.map(({ params }) => [params.window, params.mode]), [[4, undefined], [4, "b"]]);
});

Deno.test("resolveFlow() puts {NOW} in and leaves secrets as written", () => {
  const { steps } = resolve({
    params: { from: "{NOW-1d}", password: "{env:PASSWORD}" },
    steps: [step("first", "00_raw", "1")],
  });
  assertEquals(steps[0]!.params.from, "2026-01-19T09:00:00.000000Z");
  assertEquals(steps[0]!.params.password, "{env:PASSWORD}");
});

Deno.test("resolveFlow() names steps, orders them by folders and keeps what is written", () => {
  const resolved = resolve({
    steps: [
      step("second", "b", "c", { retries: 2, retry_delay_s: 0.5 }),
      step("first", "00_raw", "a/"),
      step("first", "a", "b", { name: "second-2" }),
      step("second", "c", "d"),
      { treatment: "source", output: "00_raw" },
    ],
  });
  assertEquals(resolved.steps.map(({ name, input, output }) => [name, input, output]), [
    ["source", undefined, "00_raw"],
    ["first", "00_raw", "a/"],
    ["second-2", "a", "b"],
    ["second", "b", "c"],
    ["second-3", "c", "d"],
  ]);
  assertEquals(resolved.steps.map(({ retries, retry_delay_s }) => [retries, retry_delay_s])[3], [2, 0.5]);
  assertEquals(resolved.root, `${resolved.project.dir}/datasets/D`);
});

Deno.test("resolveFlow() takes the dataset of the command line over the flow's, and works without one", () => {
  const flow = { steps: [step("first", "00_raw", "1")] };
  const other = resolve(flow, { dataset: "E" });
  assertEquals([other.dataset, other.root], ["E", `${other.project.dir}/datasets/E`]);
  const none = resolve({ ...flow, dataset: undefined });
  assertEquals([none.dataset, none.root], [undefined, none.project.dir]);
  const names = "a name of letters (a-z, A-Z), digits, '.', '_' and '-' that starts with a letter, digit or '_'";
  assertEquals(problems(flow, { dataset: "../E" }), [`"--dataset": found "../E" (string), expected ${names}`]);
});

Deno.test("resolveFlow() finds treatments by path from the flow's folder and checks versions", () => {
  const files = treatmentFiles("second", {}, "flows/lib/x");
  const flow = (version: string) => ({ steps: [step("./lib/x", "00_raw", "1", { version })] });
  for (const version of ["1", "1.2", "1.2.0"]) {
    assertEquals(resolve(flow(version), {}, files).steps[0]!.name, "second");
  }
  const later = treatmentFiles("second", { version: "1.20.0" }, "flows/lib/x");
  assertEquals(problems(flow("1.2"), {}, later).length, 1);
  for (const version of ["1.2.1", "1.20", "2", "0"]) {
    assertEquals(problems(flow(version), {}, files), [
      `steps[0].version: found "${version}" (string), expected "1.2.0", the version of treatment "second", or the front of it`,
    ]);
  }
});

Deno.test("resolveFlow() names file, path, found and expected of everything that is wrong", () => {
  const ok = step("first", "00_raw", "1");
  const inside = 'a folder inside the dataset, written with "/", such as "10_parsed"';
  const cases: [Files, string[]][] = [
    [{ steps: [{ ...ok, input: undefined }] }, [
      'steps[0].input: found nothing, expected the folder of parquet files that "first" reads',
    ]],
    [{ steps: [step("source", "00_raw", "1")] }, [
      'steps[0].input: found "00_raw" (string), expected no input; treatment "source" reads no files',
    ]],
    [{ steps: [{ ...ok, name: "a" }, step("second", "1", "2", { name: "a" })] }, [
      'steps[1].name: found "a" (string), expected a name that no other step has',
    ]],
    [{ steps: [{ ...ok, output: "/tmp/x" }] }, [`steps[0].output: found "/tmp/x" (string), expected ${inside}`]],
    [{ steps: [{ ...ok, output: "a\\b" }] }, [`steps[0].output: found "a\\\\b" (string), expected ${inside}`]],
    [{ steps: [{ ...ok, output: "a/../b" }] }, [
      'steps[0].output: found "a/../b" (string), expected a folder inside the dataset, without ".."',
    ]],
    [{ steps: [{ ...ok, output: "a,b" }] }, [
      'steps[0].output: found "a,b" (string), expected a folder without a comma in its name',
    ]],
    [{ steps: [{ ...ok, output: "a\0" }] }, [
      'steps[0].output: found "a\\u0000" (string), expected a folder without a NUL character in its name',
    ]],
    [{ steps: [{ ...ok, output: ".myx/x" }] }, [
      'steps[0].output: found ".myx/x" (string), expected another folder than ".myx", where myx keeps its state',
    ]],
    [{ steps: [{ ...ok, output: "./" }] }, [
      'steps[0].output: found "./" (string), expected a folder of its own',
      'steps[0].input: found "00_raw" (string), expected a folder that does not overlap "./", which step "first" writes',
    ]],
    [{ params: { windw: 1 }, steps: [ok] }, [
      'params.windw: found unknown param (did you mean "window"?), expected "window", "from", "domains" or "password"',
    ]],
    [{ params: { domains: {} }, steps: [ok] }, [
      "params.domains: found domains for all steps, expected it in the params of each step that needs it, because " +
      "domains means different things in parse and clean",
    ]],
    [{ params: { window: "1" }, steps: [ok, step("second", "1", "2")] }, [
      'params.window: found "1" (string), expected an integer (treatment "first")',
      'params.window: found "1" (string), expected an integer (treatment "second")',
    ]],
    [{ steps: [{ ...ok, params: { mode: "a" } }] }, [
      'steps[0].params.mode: found unknown param, expected "window", "from", "domains" or "password" (treatment "first")',
    ]],
    [{ steps: [{ ...ok, params: { password: 5 } }] }, [
      'steps[0].params.password: found a secret (integer), expected text (string) (treatment "first")',
    ]],
  ];
  for (const [flow, expected] of cases) assertEquals(problems(flow), expected, JSON.stringify(flow));
});

Deno.test("resolveFlow() checks params of the command line, and wants what treatments require", () => {
  const files = treatmentFiles("needy", { params: { host: { type: "string", required: true } } });
  const flow = { steps: [step("needy", "00_raw", "1")] };
  assertEquals(problems(flow, {}, files), [
    'steps[0].params.host: found nothing, expected text (string) (treatment "needy")',
  ]);
  assertEquals(resolve(flow, { params: { host: "h" } }, files).steps[0]!.params, { host: "h" });
  assertEquals(problems(flow, { params: { host: 1 } }, files), [
    'host of "--params": found 1 (integer), expected text (string) (treatment "needy")',
  ]);
  assertEquals(problems(flow, { params: { host: "h", hots: "h" } }, files), [
    'hots of "--params": found unknown param (did you mean "host"?), expected "host"',
  ]);
});

Deno.test("resolveFlow() lists everything wrong at once, also in the treatments", () => {
  const found = problems(
    {
      steps: [
        step("first", "00_raw", "1", { params: { window: "x" } }),
        step("firts", "1", "2"),
        step("broken", "2", "2"),
        step("https://host.org/t/", "00_raw", "3"),
        step("broken", "0_raw", "4"),
      ],
    },
    {},
    { ...treatments, ...treatmentFiles("broken", { version: 1 }) },
  );
  const [unknown, url] = [found.find((line) => line.includes("firts"))!, found.find((line) => line.includes("https"))!];
  assert(unknown.startsWith('steps[1].treatment: found "firts" (string) (did you mean "first"?), expected "'), unknown);
  assertEquals(
    url,
    'steps[3].treatment: found "https://host.org/t/" (string), expected a URL that myx.lock pins; look at what it ' +
      "asks for and pin it with: deno task add https://host.org/t/",
  );
  assertEquals(found.filter((line) => line !== unknown && line !== url), [
    'version of "treatments/broken/treatment.json": found 1 (integer), expected a version such as "1.0.0"',
    'steps[2].output: found "2" (string), expected a folder that no other step writes; step "firts" writes it',
    'steps[2].input: found "2" (string), expected another folder than the one that the step writes',
    'steps[4].input: found "0_raw" (string), expected a folder that a step writes or that is there already (did you mean ' +
    '"00_raw"?)',
    'steps[0].params.window: found "x" (string), expected an integer (treatment "first")',
  ]);
});

Deno.test("resolveFlow() takes domains of the command line for one selected treatment only", () => {
  const other = treatmentFiles("other", { params: { domains: { type: "object" } } });
  const flow = { steps: [step("first", "00_raw", "1"), step("other", "1", "2"), step("second", "2", "3")] };
  const params = { domains: { a: 1 } };
  assertEquals(
    problems(flow, { params }, other),
    [
      'Cannot use domains of "--params": found domains for first and other, expected it for one step alone, as with ' +
      "--step first or --step other, because domains means different things in parse and clean",
    ].map((line) => line.replace(/^Cannot use /, "")),
  );
  const { steps } = resolve(flow, { params, select: (names) => names.slice(1) }, other);
  assertEquals(steps.map(({ params }) => params.domains), [null, { a: 1 }, undefined]);
  const twice = { steps: [step("first", "00_raw", "1"), step("first", "1", "2")] };
  assertEquals(resolve(twice, { params }).steps.map(({ params }) => params.domains), [{ a: 1 }, { a: 1 }]);
});

Deno.test("resolveFlow() refuses a param that would make no host or variable of what a treatment asks for", () => {
  const asking = treatmentFiles("asking", {
    params: { host: { type: "string", default: "a.org" } },
    permissions: { net: ["{host}:1"] },
  });
  const steps = (host: string) => [step("first", "00_raw", "1"), step("asking", "1", "2", { params: { host } })];
  const refused = problems({ steps: steps("a b") }, {}, asking);
  assertEquals(refused.length, 1);
  assertStringIncludes(
    refused[0]!,
    'Cannot grant "{host}:1" to treatment "asking": found "a b:1" (string), expected a host',
  );
  assertEquals(resolve({ steps: steps("b.org") }, {}, asking).steps.length, 2);
});

Deno.test("resolveFlow() does not blame params that a treatment it cannot use might declare", () => {
  const found = problems({ params: { other: 1, domains: {} }, steps: [step("firts", "00_raw", "1")] });
  assertEquals(found.map((line) => line.split(":")[0]), ["steps[0].treatment", "params.domains"]);
});

Deno.test("resolveFlow() reads a folder that no step writes if it is on disk", () => {
  const flow = { steps: [step("first", "imported", "1")] };
  assertEquals(problems(flow).length, 1);
  const { steps } = resolve(flow, {}, { "datasets/D/imported/x.parquet": "" });
  assertEquals(steps[0]!.input, "imported");
});

Deno.test("resolveFlow() resolves a flow made on the command line, with absolute folders", () => {
  const opened = project({ steps: [step("first", "00_raw", "1")] }, { "in/x": "" });
  const [input, output] = [`${opened.dir}/in`, `${opened.dir}/out`];
  const resolved = resolveFlow(opened, { name: "run", params: {}, steps: [step("first", input, output)] }, {
    now,
    params: { window: 7 },
  });
  assertEquals([resolved.root, resolved.steps[0]!.params.window], [opened.dir, 7]);
});

Deno.test("resolveFlow() refuses bounds the wrong way round, but not those that move with the clock", () => {
  const bound = { type: "string", format: "bound" };
  const files = treatmentFiles("bounded", { params: { from: bound, to: bound } });
  const flow = (params: Files) => ({ steps: [step("bounded", "00_raw", "1", { params })] });
  const wrong = 'found "2026-01-21" (string), expected no later time than to, "2026-01-20" (string)';
  const reversed = flow({ from: "2026-01-21", to: "2026-01-20" });
  assertStringIncludes(problems(reversed, {}, files).join(), `steps[0].params.from: ${wrong}`);
  const given = { params: { from: "2026-01-21" } };
  assertStringIncludes(
    problems(flow({ from: "2026-01-19", to: "2026-01-20" }), given, files).join(),
    `from of "--params": ${wrong}`,
  );
  const fine = [
    ["2026-01-20", "2026-01-20"],
    ["2026-01-20T10:00:00Z", "2026-01-20T10:00:00Z"],
    ["2026-01-20T10:00", "2026-01-20T06:00:00Z"], // Of a zone in the east, the first is earlier.
    ["{NOW-1d}", "2026-01-01"],
  ];
  for (const [from, to] of fine) resolve(flow({ from, to }), {}, files);
});

Deno.test("resolveFlow() says what an environment variable holds that is not the number it should be", async () => {
  const { dir } = project({ steps: [step("to_postgres", "40_aggregated", "60", { params: { user: "me" } })] });
  const main = fromFileUrl(new URL("../../../main.ts", import.meta.url));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "--allow-all", main, "flow", "f", "--dry-run"],
    cwd: dir,
    env: { PGPORT: "abc" },
  }).output();
  assertEquals(code, 2);
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    'found "abc" (string), expected an integer, at least 1, at most 65535',
  );
});
