/** A throw-away project for tests that run whole flows in this process, with real children. */
import type { FlowOptions } from "../core/engine/flow.ts";
import { runFlow } from "../core/engine/flow.ts";
import type { FlowReport } from "../core/engine/report.ts";
import { listFolder } from "../core/engine/folder.ts";
import { hashFile } from "../core/engine/hash.ts";
import { findFlow, openProject } from "../core/contract/project.ts";
import { type ResolvedFlow, resolveFlow } from "../core/contract/resolve.ts";
import { type Files, writeFiles } from "./files.ts";
import { makeTempDir } from "./temp_dir.ts";

/** A project folder and what tests do with it. */
export interface TestProject extends Disposable {
  readonly dir: string;
  write(files: Files): void;
  remove(path: string): void;
  read(path: string): string;
  /** Names of the visible files of a folder, none if it does not exist. */
  list(path: string): string[];
  /** SHA-256 of each visible file of the folders given, by path. */
  hashes(...folders: string[]): Record<string, string>;
  /** A flow as the commands take it. */
  resolve(flow: string, params?: Record<string, unknown>): ResolvedFlow;
  run(flow: string, options?: FlowOptions & { params?: Record<string, unknown> }): Promise<FlowReport>;
}

/** Makes a project in a temporary folder; it is removed when the test ends. */
export function makeProject(files: Files): TestProject {
  const dir = makeTempDir();
  const project: TestProject = {
    dir,
    write: (files) => writeFiles(dir, files),
    remove: (path) => Deno.removeSync(`${dir}/${path}`, { recursive: true }),
    read: (path) => Deno.readTextFileSync(`${dir}/${path}`),
    list: (path) => listFolder(`${dir}/${path}`).map(({ name }) => name),
    hashes: (...folders) =>
      Object.fromEntries(
        folders.flatMap((folder) =>
          project.list(folder).map((name) => [`${folder}/${name}`, hashOf(`${dir}/${folder}/${name}`)])
        ),
      ),
    resolve(name, params = {}) {
      const opened = openProject(dir);
      return resolveFlow(opened, findFlow(opened, name), { params, now: Temporal.Now.instant() });
    },
    // Files that have just been written count as settled ones, or no step would ever be sealed here.
    run: async (name, { params, ...options } = {}) =>
      await runFlow(project.resolve(name, params), { now: Date.now() + 3000, ...options }),
    [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }),
  };
  project.write(files);
  return project;
}

function hashOf(path: string): string {
  return hashFile(path, Deno.statSync(path).size);
}

/** The two files of a throw-away treatment: one call that reads and writes CSV, but for what `declared` says. */
export function treatmentWith(name: string, code: string, declared: Files = {}): Files {
  return {
    [`treatments/${name}/treatment.json`]: {
      name,
      version: "1.0.0",
      description: "For a test",
      input: { format: "csv" },
      output: { format: "csv" },
      ...declared,
    },
    [`treatments/${name}/run.ts`]: code,
  };
}

/** Raw key:value lines from rows of `[seconds since 2026-01-20T00:00Z, {key: value}]`. */
export function kvLines(rows: readonly (readonly [number, Readonly<Record<string, number>>])[]): string {
  return rows.map(([seconds, values]) => {
    const stamp = new Date(Date.UTC(2026, 0, 20) + seconds * 1000).toISOString();
    return `${stamp};${Object.entries(values).map(([key, value]) => `${key}:${value}`).join(";")}\n`;
  }).join("");
}
