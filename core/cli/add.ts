import { type ExitCode, MyxError, UsageError } from "../contract/errors.ts";
import { type Lock, readLock } from "../contract/lock_file.ts";
import { openProject } from "../contract/project.ts";
import { listPinned } from "../contract/remote.ts";
import { parseRemoteUrl } from "../contract/remote_url.ts";
import { type Candidate, fetchCandidate } from "../remote/candidate.ts";
import { restore } from "../remote/restore.ts";
import { holdLock, mergeLocks, writeLock } from "../remote/write_lock.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { askConsent, describeCandidate } from "./consent.ts";
import { DENO } from "./deno_call.ts";
import { tellError } from "./explain.ts";
import { tell } from "./output.ts";
import { plural } from "./table.ts";

/** `add [URL]`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const project = openProject(projectDir(line));
  const [text] = line.arguments;
  if (text === undefined) return await restoreAll(project.dir);
  const url = parseRemoteUrl(text);
  const lock = readLock(project.dir);
  const name = findName(lock, url.url);
  if (name !== undefined) {
    checkNewName(name, line.values.as);
    const code = await restoreAll(project.dir);
    tell(`${url.url} is pinned already, as "${name}"; to look for something newer: ${DENO} task update ${name}`);
    return code;
  }
  const as = line.values.as;
  using candidate = await fetchCandidate(project, url, lock, as === undefined ? {} : { name: as });
  tell(describeCandidate(candidate));
  askConsent("Grant this and pin it in myx.lock?", line.on.has("yes"));
  pin(project.dir, lock, candidate);
  return 0;
}

/**
 * Keeps the files and writes the lock, in this order: a lock never names what is not there.
 *
 * @param before The lock that the candidate was fetched for; others may have changed it while somebody thought about it.
 */
export function pin(projectDir: string, before: Lock, candidate: Candidate): void {
  {
    using _ = holdLock(projectDir);
    const lock = mergeLocks(before, candidate.lock, readLock(projectDir));
    candidate.keep();
    writeLock(projectDir, lock);
  }
  const { flow, treatments } = candidate;
  tell(`Pinned in myx.lock: ${
    [
      ...(flow ? [`flow ${flow.name}`] : []),
      ...treatments.map(({ name }) => `treatment ${name}`),
    ].join(", ")
  }`);
  const name = flow?.name ?? treatments[0]?.name;
  const dataset = flow && flow.fetched.flow.dataset === undefined ? " --dataset NAME" : "";
  tell(flow ? `Run it: ${DENO} task flow ${name}${dataset}` : `Use it in a flow: "treatment": "${name}"`);
}

function findName({ treatments, flows }: Lock, url: string): string | undefined {
  return [...Object.entries(treatments), ...Object.entries(flows)].find(([, pin]) => pin.url === url)?.[0];
}

function checkNewName(name: string, as: string | undefined): void {
  if (as === undefined || as === name) return;
  throw new UsageError(`Cannot add it as "${as}": it is pinned already, as "${name}"`, {
    fix: `Remove it first: ${DENO} task remove ${name}`,
  });
}

async function restoreAll(projectDir: string): Promise<ExitCode> {
  const pins = [...listPinned(projectDir, "treatments"), ...listPinned(projectDir, "flows")];
  let [fetched, failed] = [0, 0];
  let code: ExitCode = 0;
  for (const pinned of pins) {
    try {
      if (await restore(projectDir, pinned)) fetched++;
    } catch (error) {
      // What cannot be had any more must not keep the others away.
      if (!(error instanceof MyxError)) throw error;
      tellError(error.message, error.fix);
      failed++;
      code = error.exitCode;
    }
  }
  const missing = failed ? `, ${failed} could not be had` : "";
  tell(
    `${plural(pins.length, "pin")} in myx.lock; ${
      fetched === 0 && !failed ? "all are here" : `${fetched} fetched${missing}`
    }`,
  );
  return code;
}
