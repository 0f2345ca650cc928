import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { loadTreatment } from "../../../core/contract/treatment.ts";
import { mergeParams } from "../../../core/contract/params.ts";
import type { Treatment } from "../../../core/contract/treatment.ts";
import { unknownDomains } from "../../../core/engine/domain_names.ts";
import { makeProject, treatmentWith } from "../../project.ts";

const PRESENT = new Set(["bio_signal", "light"]);

function warnings(name: string, params: Record<string, unknown>, present = PRESENT): string[] {
  const dir = fromFileUrl(new URL(`../../../treatments/${name}`, import.meta.url));
  const treatment = loadTreatment(dir, "built-in");
  return unknownDomains(treatment, mergeParams(treatment.params, params), present);
}

Deno.test("unknownDomains() warns of domains that no file has, and suggests the one that was meant", () => {
  assertEquals(warnings("clean", { domains: { bio_signals: { max_value: 5 }, light: { max_value: 1 } } }), [
    'param domains names the domain "bio_signals", which no file of the step has (did you mean "bio_signal"?)',
  ]);
  assertEquals(warnings("resample", { agg_method: { depth: "mean" } }), [
    'param agg_method names the domain "depth", which no file of the step has',
  ]);
  const transforms = ["light", "ligth"].map((domain) => ({ function: "log", target: { domain } }));
  assertEquals(warnings("transform", { transforms }), [
    'param transforms[1].target.domain names the domain "ligth", which no file of the step has (did you mean "light"?)',
  ]);
});

Deno.test("unknownDomains() says nothing of defaults, of domains switched on, or where no file has a domain", () => {
  assertEquals(warnings("clean", {}), [], "environment stands in the default");
  assertEquals(warnings("clean", { domains: { environment: { max_value: 5 } } }), []);
  assertEquals(warnings("transform", { transforms: [{ function: "log", target: { columns: ["x"] } }] }), []);
  assertEquals(warnings("clean", { domains: { bio_signals: {} } }, new Set()), []);
  assertEquals(warnings("aggregate", {}), []);
});

Deno.test("unknownDomains() looks into what is named like a member of every object", () => {
  const spec = { type: "string", names: "domain" } as const;
  const params = { by: { type: "object", properties: { first: spec }, items: spec } } as unknown as Treatment["params"];
  assertEquals(unknownDomains({ params }, { by: { first: "light", constructor: "depth" } }, PRESENT), [
    'param by.constructor names the domain "depth", which no file of the step has',
  ]);
});

Deno.test("a run warns of domains that no file has, whatever its partitions are", async () => {
  for (const partition of [[], ["source"], ["day"], ["source", "domain", "day"]]) {
    const params = { which: { type: "string", names: "domain", default: "" } };
    const declared = { input: { format: "parquet" }, output: { format: "none" }, partition, params };
    const steps = [
      { treatment: "parse", input: "00_raw", output: "10_parsed" },
      { treatment: "look", input: "10_parsed", output: "20_none", params: { which: "bio_signals" } },
    ];
    using project = makeProject({
      ...treatmentWith("look", "export function run() {}\n", declared),
      "flows/f.json": { name: "f", dataset: "d", steps },
      "datasets/d/00_raw/a.csv": "2026-01-20T00:00:00Z;m0:1\n",
    });
    assertEquals((await project.run("f")).steps[1]!.warnings, [
      'param which names the domain "bio_signals", which no file of the step has (did you mean "bio_signal"?)',
    ]);
  }
});
