/**
 * Without `setpriv` nothing in a child notices, while it is in a busy loop, that myx was killed. So a small process of ours
 * waits for the pipe to us to break, and then kills the children that are left.
 */
import { join } from "node:path";

let tell: ((line: string) => void) | undefined;

/** Has `child` killed when this process ends, however it does; `home` is a folder of myx that a deno can read. */
export function dieWithUs(child: Deno.ChildProcess, home: string): void {
  tell ??= startGuardian(join(home, "core/sandbox/guardian.ts"));
  const say = tell;
  say(`+${child.pid}`);
  child.status.then(() => say(`-${child.pid}`));
}

function startGuardian(program: string): (line: string) => void {
  const guardian = new Deno.Command("deno", {
    args: ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--allow-run", program],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  guardian.unref();
  const writer = guardian.stdin.getWriter();
  const encoder = new TextEncoder();
  return (line) => void writer.write(encoder.encode(`${line}\n`)).catch(() => {});
}
