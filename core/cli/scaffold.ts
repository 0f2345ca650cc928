import { formatJson } from "./format_json.ts";

/** The treatment.json of a new treatment: complete, with one param to show how they are declared. */
export function scaffoldMetadata(name: string, schema?: string): string {
  return formatJson(
    {
      ...(schema === undefined ? {} : { $schema: schema }),
      name,
      version: "1.0.0",
      description: "Multiplies every value by a factor. Say here what your treatment does to the data.",
      input: { format: "parquet", description: "One file per source, domain and UTC day" },
      output: { format: "parquet", description: "The same files, values as Float64" },
      partition: ["source", "domain", "day"],
      params: {
        factor: { type: "float", default: 1, description: "What every value is multiplied by" },
      },
    },
  ) + "\n";
}

/** The run.ts of a new treatment: runs as it is, and shows where to put what. */
export function scaffoldCode(name: string): string {
  return `import { type Context, isFlagColumn, type Params, readParquet, writeParquet } from "myx";

/**
 * ${name}: multiplies every value by a factor.
 *
 * Called once per source, domain and UTC day, as "partition" in treatment.json says. It can read its input and write its
 * output, and nothing else: no network, no other file, no environment.
 */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  for (const file of context.files) {
    // ts is in microseconds since 1970, UTC. A null is NaN, and arithmetic keeps it one.
    const table = readParquet(file.path);
    const columns = table.columns.map((column) => {
      if (isFlagColumn(column.name)) return column; // quality flags are no data
      return { ...column, type: "float64" as const, values: column.values.map((value) => value * params.factor) };
    });
    context.metric("scaled", table.ts.length); // shown by "flow --json"
    // With all else of the table: the name of its times, and what a step before tells one behind.
    writeParquet(\`\${outputDir}/\${file.name}\`, { ...table, columns });
  }
}
`;
}
