/**
 * The part of README.md that is made from the treatments' own treatment.json: `deno task readme` writes it anew, a test
 * compares it.
 */
import type { ParamSpec } from "../core/contract/treatment.ts";
import { loadTreatment } from "../core/contract/treatment.ts";

const ROOT = new URL("../", import.meta.url);
const ORDER = [
  "parse",
  "clean",
  "resample",
  "transform",
  "aggregate",
  "to_postgres",
  "exportnour",
  "parquet_to_csv",
  "raw_to_postgres",
  "simulate",
];
const BEGIN = "<!-- params: made from treatment.json by `deno task readme` -->\n";
const END = "<!-- end of params -->\n";

/** README.md as it is, and as the treatments say it should be. */
export function renderReadme(): { readonly actual: string; readonly expected: string } {
  const actual = Deno.readTextFileSync(new URL("README.md", ROOT));
  const [before, rest] = actual.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error("README.md has lost the marks of its params section");
  return { actual, expected: before + BEGIN + "\n" + ORDER.map(renderTreatment).join("\n") + "\n" + END + after };
}

function renderTreatment(name: string): string {
  const { description, partition, params } = loadTreatment(new URL(`treatments/${name}`, ROOT).pathname, "built-in");
  const rows = Object.entries(params).map(([param, spec]) =>
    `| \`${param}\` | ${spec.type} | ${renderDefault(spec)} | ${escape(spec.description ?? "")} |`
  );
  const cut = partition.length ? `One call per ${partition.join(", ")}.` : "One call on the whole folder.";
  return [
    `#### ${name}\n`,
    `${description} ${cut}\n`,
    "| param | type | default | meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function renderDefault(spec: ParamSpec): string {
  if (spec.default === undefined) return spec.required ? "(required)" : "";
  const text = JSON.stringify(spec.default);
  return text.length > 300 ? "see `myx describe`" : `\`${escape(text)}\``;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ").replaceAll("<", "&lt;");
}

if (import.meta.main) Deno.writeTextFileSync(new URL("README.md", ROOT), renderReadme().expected);
