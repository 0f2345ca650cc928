/** A second wall: namespaces in which nothing but a child's grants exists. */
import { join } from "node:path";
import { contains, type Grants, HOME } from "./grants.ts";
import { PARTS } from "./unpack.ts";

/** What any program needs to run. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime"];
/** What finding a host by its name needs. */
const NAMES = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl"];
/** What is run inside. */
export interface Inside {
  /** Path of the program. */
  readonly program: string;
  /** Folder of the myx that it loads from disk; absent: it holds that itself. */
  readonly home?: string;
}

/** The words before a command that runs it inside. The network is there only where some of it is granted. */
export function bubblewrapArgs(grants: Grants, { program, home }: Inside): string[] {
  const { net, sockets = [], state } = grants;
  const online = net.length > 0;
  const cwd = Deno.cwd();
  const writable = [grants.write, ...sockets, ...(state === undefined ? [] : [state])];
  const readable = [
    program,
    ...(home === undefined ? [] : [denoDir(), ...PARTS.map((part) => join(home, part))]),
    ...(grants.lock === undefined ? [] : [grants.lock]),
  ];
  const granted = grants.read.filter((path) => home !== undefined || !contains(HOME, path));
  return [
    "bwrap",
    "--die-with-parent",
    "--new-session",
    "--unshare-user-try",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(online ? [] : ["--unshare-net"]),
    ...[...SYSTEM, ...(online ? NAMES : [])].flatMap((path) => ["--ro-bind-try", path, path]),
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"],
    ...readable.flatMap((path) => ["--ro-bind", path, path]),
    // What a step before has cleared away is no longer there for a child that starts late.
    ...granted.flatMap((path) => ["--ro-bind-try", path, path]),
    ...writable.flatMap((path) => ["--bind", path, path]),
    // What a compiled binary may touch is written relative to where it is started.
    ...["--dir", cwd, "--chdir", cwd],
    "--",
  ];
}

/** Where deno keeps its cache, by its own rules. */
function denoDir(): string {
  const { DENO_DIR, XDG_CACHE_HOME, HOME = "/" } = Deno.env.toObject();
  return DENO_DIR ?? join(XDG_CACHE_HOME ?? join(HOME, ".cache"), "deno");
}
