import { type ExitCode, UsageError } from "../contract/errors.ts";
import { type Lock, type Pin, readLock } from "../contract/lock_file.ts";
import { openProject, type Project } from "../contract/project.ts";
import { didYouMean } from "../contract/suggest.ts";
import { type Candidate, fetchCandidate, remoteUrlOf, without } from "../remote/candidate.ts";
import { describeChange } from "../remote/change.ts";
import { pin } from "./add.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { askConsent, asLine, describeCandidate } from "./consent.ts";
import { tell } from "./output.ts";

/** One entry of the lock that is fetched as a whole. */
interface Target {
  readonly kind: "flows" | "treatments";
  readonly name: string;
}

/** `update [NAME]`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const project = openProject(projectDir(line));
  const [name] = line.arguments;
  const targets = name === undefined ? allTargets(readLock(project.dir)) : [findTarget(readLock(project.dir), name)];
  if (targets.length === 0) tell("myx.lock pins nothing");
  for (const target of targets) await update(project, target, line.on.has("yes"));
  return 0;
}

async function update(project: Project, { kind, name }: Target, yes: boolean): Promise<void> {
  const lock = readLock(project.dir);
  const rest = without(lock, kind, name);
  // What it brought along is fetched with it, also where another flow has come to use that.
  const renew = Object.keys(rest.treatments).filter((key) => kind === "flows" && bringerOf(lock, key) === name);
  using candidate = await fetchCandidate(project, remoteUrlOf(lock, kind, name), rest, { name, renew });
  const changes = changesOf(lock, rest, candidate);
  if (changes.length === 0) {
    candidate.keep();
    tell(`${name} is up-to-date: ${candidate.url.url}`);
    return;
  }
  tell(describeCandidate(candidate));
  for (const change of changes) tell(asLine(change));
  askConsent("Grant this and pin it in myx.lock in place of what is there?", yes);
  pin(project.dir, lock, candidate);
}

/** What differs between the lock and what was fetched now, in words. */
function changesOf(lock: Lock, rest: Lock, candidate: Candidate): string[] {
  const changes: string[] = [];
  for (const kind of ["flows", "treatments"] as const) {
    const before: Readonly<Record<string, Pin>> = lock[kind];
    const after: Readonly<Record<string, Pin>> = candidate.lock[kind];
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (Object.hasOwn(rest[kind], name) && rest[kind][name] === after[name]) continue;
      const [was, is] = [before, after].map((pins) => Object.hasOwn(pins, name) ? pins[name] : undefined);
      changes.push(...describeChange(name, was, is));
    }
  }
  return changes;
}

function allTargets(lock: Lock): Target[] {
  return [
    ...Object.keys(lock.flows).map((name): Target => ({ kind: "flows", name })),
    ...Object.keys(lock.treatments).filter((name) => bringerOf(lock, name) === undefined)
      .map((name): Target => ({ kind: "treatments", name })),
  ];
}

/** A treatment that came with a flow is updated with it: they are pinned at one commit. */
export function findTarget(lock: Lock, name: string): Target {
  const flow = bringerOf(lock, name);
  if (flow !== undefined) return { kind: "flows", name: flow };
  for (const kind of ["treatments", "flows"] as const) if (Object.hasOwn(lock[kind], name)) return { kind, name };
  const names = [...Object.keys(lock.treatments), ...Object.keys(lock.flows)];
  throw new UsageError(`Cannot find "${name}" in myx.lock${didYouMean(name, names)}`, {
    fix: names.length === 0 ? "It pins nothing" : `It pins: ${names.join(", ")}`,
  });
}

/** The flow that a treatment came with, if that is still pinned. */
function bringerOf({ treatments, flows }: Lock, name: string): string | undefined {
  const flow = Object.hasOwn(treatments, name) ? treatments[name]!.flow : undefined;
  return flow !== undefined && Object.hasOwn(flows, flow) ? flow : undefined;
}
