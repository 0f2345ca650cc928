/** Runs one treatment in this process on files of a temporary folder: what a test of its rules needs, and no more. */
import { createHash } from "node:crypto";
import {
  type Context,
  type InputFile,
  parseFileName,
  type Partition,
  readParquet,
  type Table,
  writeParquet,
} from "myx";
import { makeTempDir } from "./temp_dir.ts";

/** What a treatment left behind. */
export interface Outcome {
  readonly dir: string;
  /** Names of all files written, sorted; `_rejects` are apart. */
  readonly names: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly rejects: readonly Record<string, unknown>[];
  readonly warnings: readonly string[];
  /** How far it said it was: done of all. */
  readonly progress: readonly (readonly [number, number])[];
  table(name: string): Table;
  text(name: string): string;
}

/** A file to put into the input folder: bytes, text, or a table stored as Parquet. */
export type Input = Record<string, string | Uint8Array<ArrayBuffer> | Table>;

/** How a call differs from the default: every file own, none settled, no partition key. */
export interface CallOptions {
  readonly partition?: Partition;
  /** Names of the files that are halo. */
  readonly halo?: readonly string[];
  readonly settled?: boolean;
  readonly replace?: boolean;
  /** The folder that the treatment keeps from call to call. */
  readonly state?: string;
}

/** Calls the built-in treatment `name` once, with the defaults of its treatment.json under `params`. */
export async function runTreatment(
  name: string,
  input: Input,
  params: Record<string, unknown> = {},
  options: CallOptions = {},
): Promise<Outcome> {
  const root = new URL(`../treatments/${name}/`, import.meta.url);
  const declared = JSON.parse(Deno.readTextFileSync(new URL("treatment.json", root))).params ?? {};
  const defaults = Object.fromEntries(
    Object.entries(declared as Record<string, { default?: unknown }>)
      .filter(([, param]) => param.default !== undefined)
      .map(([key, param]) => [key, structuredClone(param.default)]),
  );
  const dir = makeTempDir();
  const [from, to] = [`${dir}/in`, `${dir}/out`];
  Deno.mkdirSync(from);
  Deno.mkdirSync(to);
  const files: InputFile[] = [];
  for (const file of Object.keys(input).sort()) {
    const content = input[file]!;
    const path = `${from}/${file}`;
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else if (content instanceof Uint8Array) Deno.writeFileSync(path, content);
    else writeParquet(path, content);
    const role = options.halo?.includes(file) ? "halo" : "own";
    const { size } = Deno.statSync(path);
    const rows = typeof content === "object" && "ts" in content ? { rows: content.ts.length } : {};
    const sha256 = createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
    files.push({
      name: file,
      path,
      role,
      size,
      sha256,
      settled: options.settled ?? false,
      ...rows,
      ...parseFileName(file),
    });
  }
  const metrics: Record<string, number> = {};
  const rejects: Record<string, unknown>[] = [];
  const warnings: string[] = [];
  const progress: [number, number][] = [];
  const context: Context = {
    files,
    partition: options.partition ?? {},
    replace: options.replace ?? false,
    ...(options.state === undefined ? {} : { state: options.state }),
    signal: new AbortController().signal,
    progress: (done, total) => void progress.push([done, total]),
    metric: (key, value) => metrics[key] = (metrics[key] ?? 0) + value,
    reject: (reject) => rejects.push({ ...reject }),
    warn: (message) => warnings.push(message),
  };
  const { run } = await import(new URL("run.ts", root).href);
  await run(from, to, { ...defaults, ...params }, context);
  const names: string[] = [];
  const walk = (folder: string) => {
    for (const entry of Deno.readDirSync(`${to}/${folder}`)) {
      if (entry.isDirectory) walk(`${folder}${entry.name}/`);
      else names.push(`${folder}${entry.name}`);
    }
  };
  walk("");
  return {
    dir: to,
    names: names.sort(),
    metrics,
    rejects,
    warnings,
    progress,
    table: (file) => readParquet(`${to}/${file}`),
    text: (file) => Deno.readTextFileSync(`${to}/${file}`),
  };
}

/** Builds a table from rows of `[seconds, ...values]`; `null` is null, a whole column of integers is int64. */
export function tableOf(
  names: readonly string[],
  rows: readonly (readonly (number | null)[])[],
  types?: string,
): Table {
  return {
    ts: Float64Array.from(rows, (row) => Math.round(row[0]! * 1e6)),
    columns: names.map((name, i) => ({
      name,
      type: types?.[i] === "f" ? "float64" : "int64",
      values: Float64Array.from(rows, (row) => row[i + 1] ?? NaN),
    })),
  };
}
