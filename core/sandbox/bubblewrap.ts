/** A second wall: namespaces in which nothing but a child's grants exists. */
import { dirname, fromFileUrl, join } from "@std/path";
import type { Grants } from "./grants.ts";

/** What any program needs to run. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime"];
/** What finding a host by its name needs. */
const NAMES = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl"];
const CORE: string = fromFileUrl(import.meta.resolve("../"));
const CONFIG = ["deno.json", "deno.lock"].map((name): string => fromFileUrl(import.meta.resolve(`../../${name}`)));

/** The words before a command that runs it inside. The network is there only where some of it is granted. */
export function bubblewrapArgs(grants: Grants): string[] {
  const { net, sockets = [], state } = grants;
  const online = net.length > 0;
  const writable = [grants.write, ...sockets, ...(state === undefined ? [] : [state])];
  const readable = [Deno.execPath(), denoDir(), CORE, ...CONFIG, ...(grants.lock ? [grants.lock] : []), ...grants.read];
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
    ...writable.flatMap((path) => ["--bind", path, path]),
    ...["--chdir", dirname(CORE)],
    "--",
  ];
}

/** Where deno keeps its cache, by its own rules. */
function denoDir(): string {
  const { DENO_DIR, XDG_CACHE_HOME, HOME = "/" } = Deno.env.toObject();
  return DENO_DIR ?? join(XDG_CACHE_HOME ?? join(HOME, ".cache"), "deno");
}
