import { type ExitCode, UsageError } from "../contract/errors.ts";
import { type Lock, type Pin, readLock } from "../contract/lock_file.ts";
import { openProject } from "../contract/project.ts";
import { treeHash } from "../contract/remote.ts";
import { without } from "../remote/candidate.ts";
import { removeFromCache } from "../remote/store.ts";
import { holdLock, writeLock } from "../remote/write_lock.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { DENO } from "./deno_call.ts";
import { tell } from "./output.ts";
import { findTarget } from "./update.ts";

/** `remove NAME`. */
export function run(line: CommandLine): ExitCode {
  const project = openProject(projectDir(line));
  const name = line.arguments[0]!;
  findTarget(readLock(project.dir), name);
  using _ = holdLock(project.dir);
  const lock = readLock(project.dir);
  const target = findTarget(lock, name);
  const users = Object.keys(lock.flows).filter((flow) => Object.values(lock.flows[flow]!.treatments).includes(name));
  if (target.name !== name || (target.kind === "treatments" && users.length > 0)) {
    const flow = users[0] ?? target.name;
    throw new UsageError(`Cannot remove treatment "${name}": flow "${flow}" uses it`, {
      fix: `Remove the flow, and its treatments go with it: ${DENO} task remove ${flow}`,
    });
  }
  const rest = without(lock, target.kind, name);
  writeLock(project.dir, rest);
  const needed = new Set(pinsOf(rest).map((pin) => treeHash(pin.files)));
  for (const pin of pinsOf(lock)) if (!needed.has(treeHash(pin.files))) removeFromCache(project.dir, pin);
  tell(`Removed ${target.kind === "flows" ? "flow" : "treatment"} ${name} from myx.lock`);
  return 0;
}

function pinsOf({ treatments, flows }: Lock): Pin[] {
  return [...Object.values(treatments), ...Object.values(flows)];
}
