/**
 * Writes the JSON Schema files that editors complete flow.json and treatment.json with:
 * `deno run --allow-read --allow-write=core/contract core/contract/json_schema.ts`. Nothing else of myx imports this
 * module, because the converter is not needed at run time.
 */
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import { flowSchema } from "./flow_schema.ts";
import { paramSchema } from "./param_schema.ts";
import { treatmentSchema } from "./treatment_schema.ts";

/** The published files by name, as text. Draft 7, because that is what editors know best. */
export function jsonSchemas(): Record<string, string> {
  const options: ConversionConfig = { target: "draft-07" };
  return {
    "flow.schema.json": toText(toJsonSchema(flowSchema, options)),
    "treatment.schema.json": toText(
      toJsonSchema(treatmentSchema, { ...options, definitions: { param: paramSchema } }),
    ),
  };
}

function toText({ $schema, title, description, ...rest }: ReturnType<typeof toJsonSchema>): string {
  const schema = { $schema, title, description, ...rest };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(jsonSchemas())) {
    Deno.writeTextFileSync(new URL(name, import.meta.url), text);
  }
}
