/**
 * The part of README.md that is made from the treatments' own treatment.json: `deno task readme` writes it anew, a test
 * compares it.
 */
import { fromFileUrl } from "@std/path";
import { paramType } from "../core/cli/describe.ts";
import { loadTreatment, type ParamSpec, type Treatment } from "../core/contract/treatment.ts";

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
/** So many rows that two treatments have in common are told once. */
const SHARED = 3;
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
  const { description, partition } = load(name);
  const rows = rowsOf(name);
  const cut = partition.length ? `One call per ${partition.join(", ")}.` : "One call on the whole folder.";
  const shared = new Map<string, readonly string[]>();
  for (const before of ORDER.slice(0, ORDER.indexOf(name))) {
    const same = rowsOf(before);
    const params = [...rows.keys()].filter((param) => rows.get(param) === same.get(param));
    if (params.length >= SHARED) shared.set(before, params);
  }
  const told = new Set([...shared.values()].flat());
  const as = [...shared].map(([before, params]) =>
    `As in [${before}](#${before}): ${params.map((param) => `\`${param}\``).join(", ")}.\n`
  );
  return [
    `#### ${name}\n`,
    `${description} ${cut}\n`,
    ...as,
    "| param | type | default | meaning |",
    "| --- | --- | --- | --- |",
    ...[...rows].filter(([param]) => !told.has(param)).map(([, row]) => row),
    "",
  ].join("\n");
}

function load(name: string): Treatment {
  return loadTreatment(fromFileUrl(new URL(`treatments/${name}`, ROOT)), "built-in");
}

/** A row of the table for each param. */
function rowsOf(name: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(load(name).params).map(([param, spec]) => [
      param,
      `| \`${param}\` | ${escape(paramType(spec))} | ${renderDefault(spec)} | ${renderMeaning(spec)} |`,
    ]),
  );
}

/** What a param means, and what the keys of its objects do. */
function renderMeaning({ description = "", items, properties = items?.properties ?? {} }: ParamSpec): string {
  const keys = Object.entries(properties).map(([key, spec]) =>
    `<br>\`${key}\` (${escape(paramType(spec))}): ${escape(spec.description ?? "")}`
  );
  return escape(description) + keys.join("");
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
