import type { ExitCode } from "../contract/errors.ts";
import { describePermissions } from "../contract/granted.ts";
import { findTreatment, openProject } from "../contract/project.ts";
import type { Halo, ParamSpec, Permissions, Treatment } from "../contract/treatment.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { print, printJson } from "./output.ts";
import { formatTable, WIDTH, wrap } from "./table.ts";

/** `describe TREATMENT`. */
export function run(line: CommandLine): ExitCode {
  const treatment = findTreatment(openProject(projectDir(line)), line.arguments[0]!, Deno.cwd());
  if (line.on.has("json")) printJson(treatment);
  else print(formatTreatment(treatment));
  return 0;
}

/** All that treatment.json says, for people. */
export function formatTreatment(treatment: Treatment): string {
  const { name, version, description, origin, dir, input, output, partition, pack, halo, permissions, params } =
    treatment;
  const facts: [string, string][] = [
    ["reads", side(input)],
    ["writes", side(output)],
    [
      "called",
      partition.length === 0
        ? "once, on the whole folder"
        : `once per ${partition.join(", ")}${
          pack ? `, or once for several of up to ${pack === true ? 1 : pack} MiB` : ""
        }`,
    ],
    ...(halo === undefined ? [] : [["also reads", haloText(halo)] as [string, string]]),
    ["may", permissionText(permissions)],
    ["origin", origin === "built-in" ? origin : `${origin} (${dir})`],
  ];
  const lines = facts.flatMap(([key, text]) =>
    wrap(text, WIDTH - 14).map((part, i) => [`  ${i === 0 ? key : ""}`, part])
  );
  const parts = [`${name} ${version}`, ...wrap(description, WIDTH), "", formatTable(lines)];
  const specs = Object.entries(params);
  parts.push("", specs.length === 0 ? "It has no params." : "Params:");
  for (const [param, spec] of specs) parts.push(...describeParam(param, spec, "  "));
  return parts.join("\n");
}

/** A param and, indented below it, the keys of its objects. */
export function describeParam(name: string, spec: ParamSpec, indent: string): string[] {
  const head = `${indent}${name}  ${paramType(spec)}`;
  const byDefault = paramDefault(spec);
  const fits = head.length + byDefault.length <= WIDTH;
  const lines = fits || byDefault === "" ? [head + byDefault] : [`${head},`, `${indent}    ${byDefault.slice(2)}`];
  lines.push(
    ...wrap(spec.description ?? "", WIDTH - indent.length - 4).filter(Boolean).map((part) => `${indent}    ${part}`),
  );
  for (const [key, inner] of Object.entries(spec.properties ?? {})) {
    lines.push(...describeParam(key, inner, `${indent}    `));
  }
  if (spec.items?.properties) {
    const each = spec.type === "array" ? "each element" : "each key";
    lines.push(`${indent}    ${each}:`);
    for (const [key, inner] of Object.entries(spec.items.properties)) {
      lines.push(...describeParam(key, inner, `${indent}      `));
    }
  }
  return lines;
}

/** The type of a param with its range or format: `integer 1..`, `string, one of "none", "row"`, `array of string (window)`. */
export function paramType({ type, items, enum: values, minimum, maximum, secret, merge, format }: ParamSpec): string {
  const parts = [items ? `${type} of ${items.type}` : type];
  if (minimum !== undefined || maximum !== undefined) parts[0] += ` ${minimum ?? ""}..${maximum ?? ""}`;
  const allowed = values ?? items?.enum;
  if (allowed) {
    const words = allowed.map((value) => JSON.stringify(value)).join(", ");
    parts.push(values ? `one of ${words}` : `each one of ${words}`);
  }
  const shape = format ?? items?.format;
  if (shape) parts[0] += ` (${shape})`;
  if (secret) parts.push("secret");
  if (merge === "deep") parts.push("merged key by key");
  return parts.join(", ");
}

/** A required param with a default is one that must not be null. */
function paramDefault({ required, default: value, env }: ParamSpec): string {
  const variable = env === undefined ? "" : ` (or the variable ${env})`;
  if (value !== undefined) return `, default ${JSON.stringify(value)}${variable}`;
  return required ? `, required${variable}` : "";
}

function side({ format, description }: Treatment["input"] | Treatment["output"]): string {
  if (format === "none") return description ?? "nothing";
  return description === undefined ? `${format} files` : `${format}: ${description}`;
}

function haloText(halo: Halo): string {
  if ("rows" in halo) return `${halo.rows} rows of neighbouring partitions on each side`;
  return `${halo.seconds.join(" + ")} seconds of neighbouring partitions on each side`;
}

function permissionText(permissions: Permissions): string {
  const parts = ["read its input and write its output", ...describePermissions(permissions)];
  return `${parts.join("; ")}; nothing else`;
}
