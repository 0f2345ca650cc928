import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { formatTreatment, paramType } from "../../../core/cli/describe.ts";
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

Deno.test("paramType() shows type, range, choices and what is special", () => {
  assertEquals(paramType({ type: "integer", minimum: 1 }), "integer 1..");
  assertEquals(paramType({ type: "float", minimum: 0, maximum: 1 }), "float 0..1");
  assertEquals(paramType({ type: "string", enum: ["a", "b"] }), 'string, one of "a", "b"');
  assertEquals(paramType({ type: "array", items: { type: "string" } }), "array of string");
  assertEquals(paramType({ type: "object", merge: "deep" }), "object, merged key by key");
  assertEquals(paramType({ type: "string", secret: true }), "string, secret");
});
