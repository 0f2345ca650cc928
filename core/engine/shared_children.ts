import { isPlain } from "../contract/treatment.ts";
import { Children } from "../sandbox/children.ts";
import { checkPaths } from "../sandbox/grants.ts";
import type { PoolOptions } from "../sandbox/pool.ts";
import { entryOf, grantsOf } from "./call.ts";
import { DEFAULTS, sharedGrants } from "./shared_grants.ts";
import type { RunState } from "./run_state.ts";
import type { StepState } from "./workspace.ts";

/** Steps in a row, and the children that they share. */
interface Group {
  readonly states: StepState[];
  children?: Children;
}

/**
 * A process takes longer to start, and to have its code compiled, than most of its calls. So treatments of ours that ask
 * for nothing but their folders share children where they stand in a row: these read what any of the steps reads, and
 * still write nothing that can be read. Code that is not ours shares with nobody.
 */
export class SharedChildren {
  readonly #groups = new Map<StepState, Group>();
  readonly #run: Pick<RunState, "jobs" | "wall">;

  constructor(states: readonly StepState[], run: Pick<RunState, "jobs" | "wall">) {
    this.#run = run;
    let group: Group | undefined;
    for (const state of states) {
      if (!mayShare(state)) {
        group = undefined;
        continue;
      }
      group ??= { states: [] };
      group.states.push(state);
      this.#groups.set(state, group);
    }
  }

  /** The children of a step, and how many steps have them from it on; nothing if it shares with nobody. */
  of(state: StepState): Pick<PoolOptions, "children" | "steps"> {
    const group = this.#groups.get(state);
    if (!group) return {};
    if (!group.children || group.children.closed) group.children = this.#open(group);
    return { children: group.children, steps: group.states.length - group.states.indexOf(state) };
  }

  /** Ends the children if `state` is the last step that has them. */
  async leave(state: StepState): Promise<void> {
    const group = this.#groups.get(state);
    if (group && state === group.states.at(-1)) await group.children?.close();
  }

  /** Ends all children. */
  async close(): Promise<void> {
    await Promise.all([...this.#groups.values()].map(({ children }) => children?.close()));
  }

  #open({ states }: Group): Children {
    const grants = sharedGrants(states.map(({ step: { treatment }, input, staging }) => ({
      ...(input === undefined ? {} : { input }),
      codeDir: treatment.codeDir,
      staging,
      joins: treatment.partition.includes("file"),
    })));
    const { jobs: size, wall } = this.#run;
    const soon = [...new Set(states.map(({ step }) => entryOf(step.treatment)))];
    const secrets = states.flatMap(({ secrets }) => secrets);
    return new Children(grants, { size, fileMb: DEFAULTS.fileMb, soon, secrets, ...(wall ? { wall } : {}) });
  }
}

/** Which children a pool of a step has: those that it shares, or as many of its own as there may be. */
export function childrenOf(state: StepState, run: RunState): Pick<PoolOptions, "size" | "wall" | "children" | "steps"> {
  return { size: run.jobs, ...(run.wall ? { wall: run.wall } : {}), ...run.children.of(state) };
}

function mayShare(state: StepState): boolean {
  return isPlain(state.step.treatment) && isGrantable(state);
}

/** Whether a child may be given the step's folders: what one step cannot have would keep all others from theirs. */
function isGrantable(state: StepState): boolean {
  try {
    checkPaths(grantsOf(state).grants);
    return true;
  } catch {
    return false; // Told when the step's own children are to start.
  }
}
