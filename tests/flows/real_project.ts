/** A temporary project that runs real data through the flows and treatments of `real_project/`, by the command line. */
import { assert, assertEquals } from "@std/assert";
import { parse as parseCsv } from "@std/csv/parse";
import { readParquet, type Table } from "myx";
import { denoCommand, HOME, projectGrants } from "../../core/cli/grants.ts";
import type { FlowReport } from "../../core/engine/report.ts";
import { makeTempDir } from "../temp_dir.ts";

const PROJECT = new URL("real_project/", import.meta.url);

/** Text of raw files by name. */
export type RawFiles = Readonly<Record<string, string>>;
/** Values of one row by column, `ts` in microseconds; null is NaN. */
export type Row = Readonly<Record<string, number>>;

/** A project of its own with one dataset's raw files, last written long ago: their last lines are whole. */
export function makeProject(dataset: string, raw: RawFiles) {
  const dir = makeTempDir("myx-real-");
  copyFolder(PROJECT, dir);
  const root = `${dir}/datasets/${dataset}`;
  Deno.mkdirSync(`${root}/00_raw`, { recursive: true });
  for (const [name, text] of Object.entries(raw)) {
    const path = `${root}/00_raw/${name}`;
    Deno.writeTextFileSync(path, text);
    Deno.utimeSync(path, new Date("2025-08-01T00:00:00Z"), new Date("2025-08-01T00:00:00Z"));
  }
  return {
    dir,
    /** Rows of all days of `<start>__<day>[__<window>].parquet`. */
    table(start: string, window?: string): Row[] {
      const [folder, prefix] = start.split("/") as [string, string];
      const end = window ? `__${window}.parquet` : ".parquet";
      const names = [...Deno.readDirSync(`${root}/${folder}`)].map(({ name }) => name);
      const wanted = names.filter((name) => name.startsWith(`${prefix}__`) && name.endsWith(end)).sort();
      assert(wanted.length > 0, `${start} has files, among ${names.join(", ")}`);
      return wanted.flatMap((name) => rowsOf(readParquet(`${root}/${folder}/${name}`)));
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** Runs the flow as a user would, under the grants that myx documents. */
export async function runFlow(project: string, flow: string): Promise<FlowReport> {
  const [, ...args] = denoCommand(projectGrants(project, HOME), HOME);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "flow", flow, "--project", project, "--json"],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function rowsOf({ ts, columns }: Table): Row[] {
  return Array.from(ts, (time, i) => ({
    ts: time,
    ...Object.fromEntries(columns.map(({ name, values }) => [name, values[i]!])),
  }));
}

/** Text of all files of a folder. */
export function readFolder(folder: URL): RawFiles {
  return Object.fromEntries([...Deno.readDirSync(folder)].map(({ name }) => [name, read(new URL(name, folder))]));
}

/** Rows of a CSV file with a header, by column. */
export function readCsv(file: URL): Record<string, string>[] {
  return parseCsv(read(file), { skipFirstRow: true });
}

/** Text of a file. */
export function read(file: URL): string {
  return Deno.readTextFileSync(file);
}

function copyFolder(from: URL, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(new URL(`${name}/`, from), `${to}/${name}`);
    else Deno.copyFileSync(new URL(name, from), `${to}/${name}`);
  }
}

/** Whether there is such a file. */
export function exists(file: URL): boolean {
  try {
    Deno.statSync(file);
    return true;
  } catch {
    return false;
  }
}
