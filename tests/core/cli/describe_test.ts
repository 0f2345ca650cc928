import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { describeParam, formatTreatment, paramType } from "../../../core/cli/describe.ts";
import { findTreatment, listTreatments, openProject } from "../../../core/contract/project.ts";

const project = openProject(fromFileUrl(new URL("../../..", import.meta.url)));

Deno.test("formatTreatment() names every param of every built-in treatment", () => {
  for (const { name } of listTreatments(project)) {
    const treatment = findTreatment(project, name);
    const text = formatTreatment(treatment);
    assertStringIncludes(text, `${name} ${treatment.version}\n`);
    for (const [param, spec] of Object.entries(treatment.params)) {
      assertStringIncludes(text, `\n  ${param}  ${paramType(spec)}`);
      if (spec.default !== undefined) assertStringIncludes(text, JSON.stringify(spec.default));
    }
  }
});

Deno.test("formatTreatment() says all that a treatment asks for", () => {
  const permissions = {
    net: ["{host}:{port}"],
    env: ["TOKEN"],
    memory_mb: 4096,
    time_s: 60,
    output_mb: 10,
    output_files: 5,
  };
  const text = formatTreatment({ ...findTreatment(project, "clean"), permissions }).replaceAll(/\s+/g, " ");
  assertStringIncludes(
    text,
    "may read its input and write its output; connect to {host}:{port}; read the environment variable TOKEN; " +
      "use up to 4096 MB of memory; use up to 60 seconds a call; use up to 10 MB of output a call; " +
      "use up to 5 files a call; nothing else",
  );
});

Deno.test("paramType() shows type, range, choices and what is special", () => {
  assertEquals(paramType({ type: "integer", minimum: 1 }), "integer 1..");
  assertEquals(paramType({ type: "float", minimum: 0, maximum: 1 }), "float 0..1");
  assertEquals(paramType({ type: "string", enum: ["a", "b"] }), 'string, one of "a", "b"');
  const items = { type: "string", enum: ["a", "b"] } as const;
  assertEquals(paramType({ type: "object", items }), 'object of string, each one of "a", "b"');
  assertEquals(paramType({ type: "array", items: { type: "string" } }), "array of string");
  assertEquals(paramType({ type: "object", merge: "deep" }), "object, merged key by key");
  assertEquals(paramType({ type: "string", secret: true }), "string, secret");
});

Deno.test("describeParam() shows where a value comes from that nobody gives", () => {
  const spec = { type: "string", required: true } as const;
  const head = (more: object) => describeParam("host", { ...spec, ...more }, "")[0];
  assertEquals(head({}), "host  string, required");
  assertEquals(head({ default: "localhost" }), 'host  string, default "localhost"');
  assertEquals(head({ default: "localhost", env: "H" }), 'host  string, default "localhost" (or the variable H)');
});
