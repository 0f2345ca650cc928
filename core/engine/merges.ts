import { MyxError } from "../contract/errors.ts";
import { Pool } from "../sandbox/pool.ts";
import { grantsOf, provenanceOf } from "./call.ts";
import type { StagedFile } from "./collect.ts";
import { stagingFolders } from "./shared_grants.ts";
import type { RunState } from "./run_state.ts";
import { childrenOf } from "./shared_children.ts";
import type { StepState } from "./workspace.ts";

/** Joins parts, in the children that the step shares; where it shares none in others than its own, which wrote the parts. */
export class Merges implements AsyncDisposable {
  readonly #state: StepState;
  readonly #run: RunState;
  #pool: Pool | undefined;

  constructor(state: StepState, run: RunState) {
    this.#state = state;
    this.#run = run;
  }

  /** Starts a child before there is work for it. */
  warm(): void {
    void this.#open().warm();
  }

  /** Announces how many outputs are to be joined. */
  expect(outputs: number): void {
    if (outputs) this.#open().expect(Array(outputs).fill(0));
  }

  /** Joins the parts of one output, in their order. */
  async join(name: string, parts: readonly StagedFile[]): Promise<StagedFile> {
    if (!name.endsWith(".parquet")) {
      throw new MyxError(`Several input files gave "${name}", and only Parquet files can be joined`, {
        fix: "Let the treatment put the input's name into the output's",
      });
    }
    const call = { kind: "merge", parts, name, provenance: provenanceOf(this.#state) } as const;
    const pool = this.#open();
    const { folder } = await pool.run(call).catch((error) => {
      if (!pool.closed) throw error;
      return this.#open().run(call);
    });
    const path = `${folder}/${name}`;
    return { path, size: Deno.lstatSync(path).size };
  }

  #open(): Pool {
    // An interruption ends the children that the step shares; what was computed is joined all the same.
    if (this.#pool && !this.#pool.closed) return this.#pool;
    const { results, merged } = stagingFolders(this.#state);
    const { grants: { memoryMb }, limits } = grantsOf(this.#state);
    const grants = { read: [results], write: merged, net: [], env: [], memoryMb };
    return this.#pool = new Pool(grants, { ...limits, ...childrenOf(this.#state, this.#run) });
  }

  /** Ends the children. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.close();
  }
}
