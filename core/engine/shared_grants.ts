import { type Grants, resultsIn } from "../sandbox/grants.ts";

/** What a call may use where treatment.json does not ask for more. */
export const DEFAULTS = { memoryMb: 2048, fileMb: 16_384 } as const;

/** The folders of a step whose children are shared with others. */
export interface SharingStep {
  /** Real path; absent where the treatment reads nothing. */
  readonly input?: string;
  readonly codeDir: string;
  readonly staging: string;
  /** Whether what several of its calls wrote is joined by the children, too. */
  readonly joins: boolean;
}

/** The folders of a step's staging area: what its calls write, where their results end up, what was joined of them. */
export function stagingFolders({ staging }: { readonly staging: string }) {
  const calls = `${staging}/calls`;
  return { calls, results: resultsIn(calls), merged: `${staging}/merged` };
}

/** What children may touch that `steps` share, all of them ours: what any of these reads, and nothing else. */
export function sharedGrants(steps: readonly SharingStep[]): Grants {
  const read = steps.flatMap(({ input, codeDir }) => [...(input === undefined ? [] : [input]), codeDir]);
  const results = steps.filter(({ joins }) => joins).map((step) => stagingFolders(step).results);
  return {
    read: [...new Set([...read, ...results])],
    // The last one's: that of the others is cleared away before.
    write: stagingFolders(steps.at(-1)!).calls,
    net: [],
    env: [],
    memoryMb: DEFAULTS.memoryMb,
    builtIn: true,
    ours: true,
  };
}
