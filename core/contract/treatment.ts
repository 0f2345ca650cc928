import { basename, join } from "node:path";
import { UsageError } from "./errors.ts";
import { findForbidden } from "./granted.ts";
import { readJson } from "./json_file.ts";
import type { NpmPins } from "./lock_file.ts";
import type { ParamFormat } from "./param_format.ts";
import { checkSpec } from "./param_spec.ts";
import { checkPlaceholders } from "./placeholders.ts";
import { describeValue, isObject, problem, throwProblems, type Where, within } from "./problems.ts";
import { checkSchema } from "./schema.ts";
import { namesSecret } from "./secrets.ts";
import { treatmentSchema } from "./treatment_schema.ts";
import { textsOf } from "./walk.ts";

/** How a partition may be cut: by raw file, source, domain, UTC day. */
export type PartitionKey = "file" | "source" | "domain" | "day";

/** Types that a param's value may have; `1` is a valid float, `true` is no integer. */
export type ParamType = "string" | "integer" | "float" | "boolean" | "object" | "array";

/** What treatment.json says of one param. */
export interface ParamSpec {
  readonly type: ParamType;
  readonly description?: string;
  readonly default?: unknown;
  /** Must be given and not be null. Unless said, a param whose default is not null is never null either. */
  readonly required?: boolean;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Each element of an array, or each value of an object whose keys the user chooses. */
  readonly items?: ParamSpec;
  /** Known keys of an object; others are errors unless `items` describes them. */
  readonly properties?: Readonly<Record<string, ParamSpec>>;
  /** The value is never printed, logged or stored. */
  readonly secret?: boolean;
  /** `deep`: an object given at a higher level is merged key by key into the lower one's instead of replacing it. */
  readonly merge?: "replace" | "deep";
  /** What a text must look like; checked before anything runs. */
  readonly format?: ParamFormat;
  /** The keys of the object are domains. */
  readonly keys?: "domain";
  /** The text is the name of a domain. */
  readonly names?: "domain";
  /** The environment variable that gives the value where neither flow nor command line do; built-in treatments only. */
  readonly env?: string;
}

/** Neighbouring rows a step may read: a count of rows on each side, or seconds (summed). `{x}` stands for the param x. */
export type Halo =
  | { readonly rows: string | number }
  | { readonly seconds: readonly (string | number)[] };

/** What a treatment asks for; nothing named = nothing granted. `{x}` stands for the param x. */
export interface Permissions {
  readonly net?: readonly string[];
  readonly env?: readonly string[];
  readonly memory_mb?: number;
  readonly time_s?: number;
  /** How much one call may write. */
  readonly output_mb?: number;
  readonly output_files?: number;
  /** Name of a folder kept with the dataset that calls may read and write; built-in treatments only. */
  readonly state?: string;
}

/** A treatment.json, checked, and where it was found. */
export interface Treatment {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly input: { readonly format: "csv" | "parquet" | "none"; readonly description?: string };
  readonly output: { readonly format: "parquet" | "csv" | "none"; readonly description?: string };
  /** Empty: one call on the whole folder. */
  readonly partition: readonly PartitionKey[];
  /** Whether one call may be given several files, or how many MiB of them. */
  readonly pack?: boolean | number;
  readonly halo?: Halo;
  readonly permissions: Permissions;
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** Real absolute path of the folder that holds treatment.json and run.ts. */
  readonly dir: string;
  /** Real absolute path of all that its code may import and read: `dir`, or the root of the repository it comes from. */
  readonly codeDir: string;
  readonly origin: Origin;
  /** From elsewhere: what `myx.lock` grants; it may not ask for more. */
  readonly granted?: Permissions;
  /** From elsewhere: the npm packages it imports. */
  readonly npm?: NpmPins;
}

/** Whether a treatment is ours and asks for nothing but its folders. */
export function isPlain({ origin, permissions }: Pick<Treatment, "origin" | "permissions">): boolean {
  return origin === "built-in" && !Object.keys(permissions).length;
}

/** Where a treatment comes from. */
export type Origin = "built-in" | "project" | "path" | "git" | "https";

/** What `myx.lock` says of a treatment from elsewhere. */
export type FromElsewhere = Pick<Treatment, "codeDir" | "granted" | "npm">;

/**
 * Reads and checks the treatment in folder `dir`.
 *
 * @throws {UsageError} If treatment.json is no valid treatment, or run.ts is missing; all problems, one per line.
 */
export function loadTreatment(dir: string, origin: Origin, elsewhere?: FromElsewhere): Treatment {
  const real = realFolder(dir);
  const file = join(real, "treatment.json");
  const where: Where = { file, path: [] };
  const json = readJson(file);
  throwProblems(findForbidden(isObject(json) ? json.permissions : undefined, file));
  throwProblems(checkSchema(treatmentSchema, json, where));
  const { $schema: _, ...written } = json as Omit<Treatment, "dir" | "codeDir" | "origin"> & { $schema?: string };
  const treatment: Treatment = {
    ...written,
    partition: written.partition ?? [],
    permissions: written.permissions ?? {},
    params: written.params ?? {},
    dir: real,
    codeDir: real,
    ...elsewhere,
    origin,
  };
  throwProblems([
    ...(origin === "built-in" || origin === "project" ? checkName(treatment, basename(dir), where) : []),
    ...checkPartition(treatment, where),
    ...(origin === "built-in" ? [] : checkTrusted(treatment, where)),
    ...(elsewhere === undefined ? [] : checkDefaults(treatment, where)),
    ...Object.entries(treatment.params).flatMap(([name, spec]) => checkSpec(name, spec, within(where, "params", name))),
    ...checkPlaceholders(treatment, where),
    ...checkCode(real),
  ]);
  return treatment;
}

function realFolder(dir: string): string {
  try {
    const real = Deno.realPathSync(dir);
    if (Deno.statSync(real).isDirectory) return real;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UsageError(`Cannot load treatment "${dir}": no such folder`, { cause });
  }
  throw new UsageError(`Cannot load treatment "${dir}": expected the folder that holds treatment.json and run.ts`);
}

function checkName({ name }: Treatment, folder: string, where: Where): string[] {
  if (name === folder) return [];
  return [problem(within(where, "name"), describeValue(name), `${JSON.stringify(folder)}, as its folder is called`)];
}

/** A default is written by who wrote the treatment: it must not name a secret of who runs it. */
function checkDefaults({ params }: Treatment, where: Where): string[] {
  return textsOf(params).filter(([path, text]) => path.includes("default") && namesSecret(text)).map(([path, text]) =>
    problem(within(where, "params", ...path), describeValue(text), "no secret; flows name those")
  );
}

/** What would let code that is not ours keep something between calls, or look into the environment. */
function checkTrusted({ permissions, params }: Treatment, where: Where): string[] {
  const expected = "it in built-in treatments only";
  return [
    ...(permissions.state === undefined
      ? []
      : [problem(within(where, "permissions", "state"), describeValue(permissions.state), expected)]),
    ...Object.entries(params).filter(([, { env }]) => env !== undefined).map(([name, { env }]) =>
      problem(within(where, "params", name, "env"), describeValue(env), expected)
    ),
  ];
}

function checkPartition({ partition, pack, halo, input }: Treatment, where: Where): string[] {
  const problems: string[] = [];
  const refuse = (key: string, found: unknown, expected: string) =>
    problems.push(problem(within(where, key), describeValue(found), expected));
  if (new Set(partition).size < partition.length) refuse("partition", partition, "each key once");
  else if (partition.includes("file") && partition.length > 1) refuse("partition", partition, '"file" alone');
  if (input.format === "csv" && partition.some((key) => key !== "file")) {
    refuse("partition", partition, '["file"] or [] beside input format "csv": only names of Parquet files tell more');
  }
  if (input.format === "none" && partition.length > 0) refuse("partition", partition, '[] beside input format "none"');
  if (pack && !partition.includes("file")) refuse("pack", pack, 'it only beside the partition ["file"]');
  if (halo && !partition.includes("day")) refuse("halo", halo, 'a halo only beside a partition with "day"');
  return problems;
}

function checkCode(dir: string): string[] {
  const file = join(dir, "run.ts");
  try {
    if (Deno.statSync(file).isFile) return [];
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
  return [`Cannot use "${file}": found no such file, expected the module that exports the function run`];
}
