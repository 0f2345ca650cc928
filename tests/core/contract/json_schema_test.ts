import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Ajv } from "ajv";
import { readJson } from "../../../core/contract/json_file.ts";
import { jsonSchemas } from "../../../core/contract/json_schema.ts";
import { listFlows, listTreatments, openProject } from "../../../core/contract/project.ts";

const contract = new URL("../../../core/contract/", import.meta.url);
const builtIn = openProject(fromFileUrl(new URL("../../../", import.meta.url)));

function validator(name: string): (value: unknown) => boolean {
  const schema = JSON.parse(Deno.readTextFileSync(new URL(name, contract)));
  const ajv = new Ajv({ strict: true });
  const validate = ajv.compile(schema);
  return (value) => validate(value) as boolean;
}

Deno.test("the published JSON Schema files are what the code checks", () => {
  for (const [name, text] of Object.entries(jsonSchemas())) {
    assertEquals(Deno.readTextFileSync(new URL(name, contract)), text, `Run: deno task schema (${name})`);
  }
});

Deno.test("treatment.schema.json takes every built-in treatment and refuses slips", () => {
  const isValid = validator("treatment.schema.json");
  for (const { name } of listTreatments(builtIn)) {
    assert(isValid(readJson(`${builtIn.home}/treatments/${name}/treatment.json`)), name);
  }
  const good = {
    name: "t",
    version: "1.0.0",
    description: "d",
    input: { format: "csv" },
    output: { format: "none" },
    params: { x: { type: "array", items: { type: "object", properties: { "a b": { type: "float" } } } } },
  };
  assert(isValid(good));
  const bad: unknown[] = [
    { ...good, name: "-t" },
    { ...good, version: "1" },
    { ...good, verson: "1.0.0" },
    { ...good, input: {} },
    { ...good, halo: { rows: 1, seconds: [] } },
    { ...good, params: { x: { type: "int" } } },
    { ...good, params: { x: { type: "array", items: { type: "int" } } } },
    { ...good, params: { "x y": { type: "float" } } },
    { ...good, permissions: { run: true } },
    { ...good, permissions: [] },
    [],
  ];
  for (const json of bad) assert(!isValid(json), JSON.stringify(json));
});

Deno.test("flow.schema.json takes every built-in flow and refuses slips", () => {
  const isValid = validator("flow.schema.json");
  for (const { name } of listFlows(builtIn)) assert(isValid(readJson(`${builtIn.home}/flows/${name}.json`)), name);
  const step = { treatment: "clean", input: "a", output: "b" };
  const good = { name: "f", steps: [step] };
  assert(isValid(good));
  assert(isValid({ ...good, $schema: "x", dataset: "D", params: { freq: null }, steps: [{ ...step, version: "1" }] }));
  const bad: unknown[] = [
    { ...good, steps: [] },
    { ...good, dataset: "a/b" },
    { ...good, params: [] },
    { ...good, steps: [{ ...step, output: undefined, outputs: "b" }] },
    { ...good, steps: [{ ...step, retries: -1 }] },
    { ...good, steps: [{ ...step, retries: 1.5 }] },
    { ...good, steps: [{ ...step, version: "v1" }] },
  ];
  for (const json of bad) assert(!isValid(json), JSON.stringify(json));
});

Deno.test("the published JSON Schema files have a description for every key", () => {
  const walk = (schema: Record<string, unknown>, path: string) => {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      assert(typeof value.description === "string", `${path}.${key} has no description`);
      walk(value, `${path}.${key}`);
    }
    if (schema.items) walk(schema.items as Record<string, unknown>, `${path}[]`);
  };
  for (const [name, text] of Object.entries(jsonSchemas())) {
    const schema = JSON.parse(text);
    for (const part of [schema, ...Object.values(schema.$defs ?? {})]) walk(part as Record<string, unknown>, name);
  }
});
