import { resolve } from "node:path";
import type { FlowAccess } from "./flow_access.ts";
import { flowSchema } from "./flow_schema.ts";
import { readJson } from "./json_file.ts";
import { throwProblems } from "./problems.ts";
import { checkSchema } from "./schema.ts";

/** A flow.json, checked by itself; its steps are not resolved yet. */
export interface Flow {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly dataset?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly steps: readonly FlowStep[];
  /** Absolute path of the file; absent for a flow made on the command line (`run`). */
  readonly path?: string;
  /** Of a flow from elsewhere: the names in `myx.lock` of the treatments that it names by path or URL. */
  readonly pins?: Readonly<Record<string, string>>;
  /** Of a flow from elsewhere: what `myx.lock` lets its steps reach. */
  readonly granted?: FlowAccess;
}

/** One step as written: a treatment, the folder it reads and the folder it writes. */
export interface FlowStep {
  /** Name, path (has a `/` or starts with `.`) from the flow file's folder, or URL. */
  readonly treatment: string;
  /** Absent where the treatment's input format is `none`. */
  readonly input?: string;
  readonly output: string;
  readonly name?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly version?: string;
  readonly retries?: number;
  readonly retry_delay_s?: number;
}

/**
 * Reads and checks a flow file by itself; its treatments and folders are looked at by `resolveFlow`.
 *
 * @throws {UsageError} If it is no valid flow; all problems, one per line.
 */
export function loadFlow(path: string): Flow {
  const file: string = resolve(path);
  const json = readJson(file);
  throwProblems(checkSchema(flowSchema, json, { file, path: [] }));
  const { $schema: _, ...flow } = json as Omit<Flow, "path" | "pins" | "granted"> & { $schema?: string };
  return { ...flow, params: flow.params ?? {}, path: file };
}
