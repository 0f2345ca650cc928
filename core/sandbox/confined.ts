/** What a child of a compiled binary is: the host of every other child, in a Worker that may touch nothing else. */
import { embeddedCode } from "../postgres/embedded_code.ts";
import type { Grants } from "./grants.ts";

/** What a child is told about its grants; the limits on it are set from outside. */
export type Confines = Pick<Grants, "read" | "write" | "net" | "env" | "sockets" | "state">;

/** How often to look whether the process that started this one is still there. */
const LOOK_EVERY_MS = 500;

/** The words that tell a child what it may touch. */
export function confinesOf({ read, write, net, env, sockets, state }: Grants): string {
  return JSON.stringify({ read, write, net, env, sockets, state });
}

/**
 * Runs the host in a Worker under `confines`, and ends this process when the Worker ends or the parent process is gone.
 * The Worker talks to the parent by the standard streams itself: nothing comes by here.
 */
export function confine(confines: string): void {
  const { read, write, net, env, sockets = [], state } = JSON.parse(confines) as Confines;
  for (const name of Object.keys(Deno.env.toObject())) if (!env.includes(name)) Deno.env.delete(name);
  const both = [...sockets, ...(state === undefined ? [] : [state])];
  const hosts = [...net, ...sockets.map((path) => `unix:${path}`)];
  const permissions: Deno.PermissionOptionsObject = {
    read: [...read, ...both, ...(state === undefined ? [] : [embeddedCode()])],
    write: [write, ...both],
    net: hosts.length ? hosts : false,
    // Without a grant it finds the environment empty, as it does in other children, rather than closed.
    env: env.length ? [...env] : true,
    run: false,
    ffi: false,
    sys: false,
    import: false,
  };
  const options = { type: "module", deno: { permissions } } as const;
  const worker = new Worker(new URL("./host.ts", import.meta.url), options as WorkerOptions);
  worker.addEventListener("error", (event) => {
    // It has said itself what went wrong.
    event.preventDefault();
    Deno.exit(1);
  });
  const parent = Deno.ppid;
  // Only the Worker keeps this process: what looks on must not.
  Deno.unrefTimer(setInterval(() => Deno.ppid !== parent && Deno.exit(1), LOOK_EVERY_MS));
}
