import { assertEquals } from "@std/assert";
import { loadTreatment } from "../../../core/contract/treatment.ts";
import type { Files } from "../../files.ts";
import { problemsOf, tempProject, treatmentFiles } from "./temp_project.ts";

/** The problems of a treatment.json with `overrides`, without the front that all have. */
function problems(overrides: Files): string[] {
  const project = tempProject(treatmentFiles("t", overrides));
  return problemsOf(project, () => loadTreatment(`${project.dir}/treatments/t`, "project"))
    .map((line) => line.replace(' of "treatments/t/treatment.json": ', ": ").replace(/^Cannot use /, ""));
}

const param = (spec: Files) => ({ params: { x: spec } });

Deno.test("loadTreatment() fills in what treatment.json leaves out", () => {
  const project = tempProject({
    ...treatmentFiles("t", { $schema: "../../core/contract/treatment.schema.json", partition: ["day"] }),
  });
  assertEquals(loadTreatment(`${project.dir}/treatments/t`, "project"), {
    name: "t",
    version: "1.2.0",
    description: "Made for a test.",
    input: { format: "parquet" },
    output: { format: "parquet" },
    partition: ["day"],
    permissions: {},
    params: {},
    dir: `${project.dir}/treatments/t`,
    codeDir: `${project.dir}/treatments/t`,
    origin: "project",
  });
});

Deno.test("loadTreatment() gives the real path of a linked folder and asks for the name of the link", () => {
  const project = tempProject(treatmentFiles("t", {}, "elsewhere/clone"));
  Deno.mkdirSync(`${project.dir}/treatments`);
  Deno.symlinkSync(`${project.dir}/elsewhere/clone`, `${project.dir}/treatments/t`);
  assertEquals(loadTreatment(`${project.dir}/treatments/t`, "project").dir, `${project.dir}/elsewhere/clone`);
});

Deno.test("loadTreatment() names path, found and expected of every problem of the shape", () => {
  const names = "a name of letters (a-z, A-Z), digits, '.', '_' and '-' that starts with a letter, digit or '_'";
  const types = '"string", "integer", "float", "boolean", "object" or "array"';
  const cases: [Files, string[]][] = [
    [{ name: 5 }, [`name: found 5 (integer), expected ${names}`]],
    [{ name: ".t" }, [`name: found ".t" (string), expected ${names}`]],
    [{ name: "u" }, ['name: found "u" (string), expected "t", as its folder is called']],
    [{ version: "1" }, ['version: found "1" (string), expected a version such as "1.0.0"']],
    [{ version: undefined }, ['version: found nothing, expected a version such as "1.0.0"']],
    [{ description: "" }, ['description: found "" (string), expected a sentence']],
    [{ input: { format: "cvs" } }, ['input.format: found "cvs" (string), expected one of "csv", "parquet", "none"']],
    [{ input: {} }, ['input.format: found nothing, expected one of "csv", "parquet", "none"']],
    [{ output: "csv" }, ['output: found "csv" (string), expected an object']],
    [{ partition: ["days"] }, ['partition[0]: found "days" (string), expected "file", "source", "domain" or "day"']],
    [{ partition: ["day", "day"] }, ['partition: found ["day","day"] (array), expected each key once']],
    [{ partition: ["file", "day"] }, ['partition: found ["file","day"] (array), expected "file" alone']],
    [
      { partition: ["day"], input: { format: "none" } },
      ['partition: found ["day"] (array), expected [] beside input format "none"'],
    ],
    [
      { partition: ["source"], input: { format: "csv" } },
      [
        'partition: found ["source"] (array), expected ["file"] or [] beside input format "csv": only names of Parquet files tell more',
      ],
    ],
    [{ partition: ["file"], pack: 0 }, ["pack: found 0 (integer), expected at least 1"]],
    [{ partition: ["file"], pack: "all" }, ['pack: found "all" (string), expected true, false or how many MiB']],
    [{ pack: true }, ['pack: found true (boolean), expected it only beside the partition ["file"]']],
    [{ halo: { rows: 3 } }, ['halo: found {"rows":3} (object), expected a halo only beside a partition with "day"']],
    [{ halo: { rows: -1 } }, ["halo.rows: found -1 (integer), expected 0 or more"]],
    [{ halo: { rows: 1.5 } }, ["halo.rows: found 1.5 (float), expected a whole number"]],
    [{ halo: { seconds: [-1] } }, ["halo.seconds[0]: found -1 (integer), expected 0 or more"]],
    [
      { halo: { minutes: 3 } },
      ['halo: found {"minutes":3} (object), expected either {"rows": ...} or {"seconds": [...]}'],
    ],
    [{ permissions: { net: "x" } }, ['permissions.net: found "x" (string), expected a list']],
    [{ permissions: { memory_mb: 1 } }, ["permissions.memory_mb: found 1 (integer), expected at least 16"]],
    [
      { permissions: { memory_mb: 2 ** 33, output_mb: 1e21 } },
      [
        "permissions.memory_mb: found 8589934592 (integer), expected at most 4294967296",
        "permissions.output_mb: found 1e+21 (integer), expected at most 4294967296",
      ],
    ],
    [{ permissions: { time_s: 0 } }, ["permissions.time_s: found 0 (integer), expected more than 0"]],
    [{ permissions: [] }, ["permissions: found [] (array), expected an object"]],
    [{ permissions: { run: true } }, [
      'permissions.run: "run" is never granted to a treatment; it reads its input, writes its output, and may ask for net, ' +
      "env, memory_mb, time_s, output_mb and output_files",
    ]],
    [{ params: [] }, ["params: found [] (array), expected an object of params"]],
    [param({}), [`params.x.type: found nothing, expected one of ${types}`]],
    [param({ type: "int" }), [`params.x.type: found "int" (string), expected one of ${types}`]],
    [param({ type: "array", items: { type: "text" } }), [
      `params.x.items.type: found "text" (string), expected one of ${types}`,
    ]],
    [{ params: { "a b": { type: "float" } } }, [
      'params["a b"]: found "a b" (string), expected a param name of letters, digits and \'_\'',
    ]],
    [
      { parms: {}, verson: 1 },
      ['"params"', '"version"'].map((mean, i) =>
        `${
          ["parms", "verson"][i]
        }: found unknown key (did you mean ${mean}?), expected "$schema", "name", "version", ` +
        '"description", "input", "output", "partition", "pack", "halo", "permissions" or "params"'
      ),
    ],
  ];
  for (const [overrides, expected] of cases) assertEquals(problems(overrides), expected, JSON.stringify(overrides));
});

Deno.test("loadTreatment() checks that params make sense and that defaults keep to them", () => {
  const cases: [Files, string[]][] = [
    [{ type: "string", minimum: 1 }, ['minimum: found it beside type "string", expected type integer or float']],
    [{ type: "float", items: { type: "float" } }, [
      'items: found it beside type "float", expected type array or object',
    ]],
    [{ type: "array", properties: {} }, ['properties: found it beside type "array", expected type object']],
    [{ type: "array", merge: "deep" }, ['merge: found it beside type "array", expected type object']],
    [{ type: "object", enum: ["a"] }, [
      'enum: found it beside type "object", expected type string or integer or float or boolean',
    ]],
    [{ type: "float", minimum: 2, maximum: 1 }, ["minimum: found 2 (integer), expected at most maximum, 1"]],
    [{ type: "integer", enum: [1, "2"] }, ['enum[1]: found "2" (string), expected an integer']],
    [{ type: "integer", default: true }, ["default: found true (boolean), expected an integer"]],
    [{ type: "integer", default: 1.5 }, ["default: found 1.5 (float), expected an integer"]],
    [{ type: "float", default: 0, minimum: 1 }, ["default: found 0 (integer), expected a float, at least 1"]],
    [{ type: "string", default: "b", enum: ["a"] }, ['default: found "b" (string), expected "a"']],
    [{ type: "array", default: [1, "2"], items: { type: "float" } }, [
      'default[1]: found "2" (string), expected a float',
    ]],
    [{ type: "object", default: { lwo: 1 }, properties: { low: { type: "float" } } }, [
      'default.lwo: found unknown key, expected "low"',
    ]],
    [{ type: "object", default: {}, merge: "deep", properties: { b: { type: "float", required: true } } }, [
      "default.b: found nothing, expected a float",
    ]],
    [{ type: "object", properties: { b: { type: "float", default: "1" } } }, [
      'properties.b.default: found "1" (string), expected a float',
    ]],
    [{ type: "string", default: "{NOW}" }, [
      'default: found "{NOW}" (string), expected a value without {NOW}, which only the params from and to may use',
    ]],
    [{ type: "string", default: "{env:a b}" }, [
      'default: found "{env:a b}" (string), expected "{env:NAME}" with a name of letters, digits and "_"',
    ]],
    [{ type: "string", default: "hunter2", secret: true }, [
      'default: found a value (string) that anyone can read, expected null or "{env:NAME}"',
    ]],
    [{ type: "string", default: null, required: true }, ["default: found null, expected text (string)"]],
  ];
  for (const [spec, expected] of cases) {
    assertEquals(problems(param(spec)), expected.map((line) => `params.x.${line}`), JSON.stringify(spec));
  }
});

Deno.test("loadTreatment() accepts params that keep to the rules", () => {
  const specs: Files[] = [
    { type: "float", default: 1, minimum: 1, maximum: 1 },
    { type: "string", default: null },
    { type: "string", default: "{env:PASSWORD}", secret: true },
    { type: "string", default: "", secret: true },
    { type: "string", enum: ["a", null], default: "a" },
    {
      type: "object",
      default: { a: { b: 1 } },
      merge: "deep",
      items: { type: "object", properties: { b: { type: "float" } } },
    },
    { type: "object", default: {}, properties: { b: { type: "float", required: true, default: 2 } } },
    { type: "array", default: [], items: { type: "object", properties: { a: { type: "string", required: true } } } },
  ];
  for (const spec of specs) {
    const project = tempProject(treatmentFiles("t", { params: { x: spec } }));
    loadTreatment(`${project.dir}/treatments/t`, "project");
  }
});

Deno.test("loadTreatment() checks placeholders", () => {
  const base = { partition: ["source", "domain", "day"], params: { window: { type: "integer" } } };
  const cases: [Files, string[]][] = [
    [{ halo: { rows: "{windw}" } }, [
      'halo.rows: found "{windw}" (string) (did you mean "window"?), expected a param that "params" declares, not "windw"',
    ]],
    [{ halo: { rows: "window" } }, ['halo.rows: found "window" (string), expected a number or "{param}"']],
    [{ halo: { seconds: [1, "{window} s"] } }, [
      'halo.seconds[1]: found "{window} s" (string), expected a number or "{param}"',
    ]],
    [{ halo: { rows: "{window.[domain].x}" }, partition: ["source", "day"] }, [
      'halo.rows: found "{window.[domain].x}" (string), expected "[domain]" only in the halo of a partition with "domain"',
    ]],
    [{ permissions: { net: ["{host}:1"] } }, [
      'permissions.net[0]: found "{host}:1" (string), expected a param that "params" declares, not "host"',
    ]],
    [{ permissions: { env: ["{window"] } }, [
      'permissions.env[0]: found "{window" (string), expected text with "{param}" in it',
    ]],
  ];
  for (const [overrides, expected] of cases) {
    assertEquals(problems({ ...base, ...overrides }), expected, JSON.stringify(overrides));
  }
});

Deno.test("loadTreatment() checks params that are named like what every object has", () => {
  for (const name of ["constructor", "prototype", "__proto__", "toString"]) {
    const params = JSON.parse(`{"${name}": {"type": "flaot"}, "x": {"type": "float", "default": 1}}`);
    assertEquals(problems({ params }).map((line) => line.replace(/, expected .*/, "")), [
      `params.${name}.type: found "flaot" (string)`,
    ]);
  }
  const project = tempProject(treatmentFiles("t", { params: { constructor: { type: "float", default: 1 } } }));
  const { params } = loadTreatment(`${project.dir}/treatments/t`, "project");
  assertEquals(Object.entries(params).map(([name, { type }]) => [name, type]), [["constructor", "float"]]);
});

Deno.test("loadTreatment() lists all problems at once", () => {
  assertEquals(problems({ version: 1, params: { x: { type: "int" } } }).length, 2);
  assertEquals(problems({ name: "u", halo: { rows: 1 }, params: { x: { type: "float", default: "" } } }).length, 3);
});

Deno.test("loadTreatment() asks for folder, treatment.json and run.ts", () => {
  const { "treatments/t/run.ts": _, ...withoutCode } = treatmentFiles("t");
  const project = tempProject({ ...withoutCode, "treatments/empty/notes.md": "", "treatments/file": "" });
  const load = (name: string) =>
    problemsOf(project, () => loadTreatment(`${project.dir}/treatments/${name}`, "project"));
  assertEquals(load("none"), ['Cannot load treatment "treatments/none": no such folder']);
  assertEquals(load("file"), [
    'Cannot load treatment "treatments/file": expected the folder that holds treatment.json and run.ts',
  ]);
  assertEquals(load("empty"), ['Cannot read "treatments/empty/treatment.json": no such file']);
  assertEquals(load("t"), [
    'Cannot use "treatments/t/run.ts": found no such file, expected the module that exports the function run',
  ]);
});

Deno.test("loadTreatment() lets only built-in treatments keep a folder or look into the environment", () => {
  const project = tempProject(treatmentFiles("mine", {
    permissions: { state: "postgres" },
    params: { host: { type: "string", env: "PGHOST" } },
  }));
  assertEquals(problemsOf(project, () => loadTreatment(`${project.dir}/treatments/mine`, "project")), [
    'Cannot use permissions.state of "treatments/mine/treatment.json": found "postgres" (string), expected it in built-in treatments only',
    'Cannot use params.host.env of "treatments/mine/treatment.json": found "PGHOST" (string), expected it in built-in treatments only',
  ]);
  assertEquals(loadTreatment(`${project.dir}/treatments/mine`, "built-in").permissions, { state: "postgres" });
});
