import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../contract/errors.ts";
import { embeddedCode } from "../postgres/embedded_code.ts";
import { type Guard, guarded } from "./guards.ts";
import { V8_FLAGS } from "../v8_flags.ts";

/** What a child may touch: its whole world besides the code that the host imports statically. */
export interface Grants {
  /** Real paths of folders it may read. */
  readonly read: readonly string[];
  /** Real path of the one folder it may write. */
  readonly write: string;
  readonly net: readonly string[];
  readonly env: readonly string[];
  /** Paths of unix sockets that it may connect to. */
  readonly sockets?: readonly string[];
  /** Real path of a folder that it may read and write: code inside could leave it, so only ours is given one. */
  readonly state?: string;
  readonly memoryMb: number;
  /** Deno lock file that pins the packages it may import; by default those of myx. */
  readonly lock?: string;
  /** Folders of `read` in which hard links are no way out: a lab's archive of raw files has them. */
  readonly hardLinks?: readonly string[];
  /** It runs code of ours, which a compiled binary holds inside. */
  readonly builtIn?: boolean;
  /** It runs nothing but code of ours, without packages: workers are not taken away, which is a third of a start. */
  readonly ours?: boolean;
}

const ALL = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;
/** The folder of myx itself. */
export const HOME: string = fileURLToPath(import.meta.resolve("../.."));

/**
 * The command line of a child: nothing but `grants`, no prompt, no download, no environment.
 *
 * @param home The folder of myx, or of a copy of it that a deno can read.
 */
export function childArgs(grants: Grants, home = HOME): string[] {
  const list = (flag: "read" | "write" | "net" | "env", values: readonly string[]) =>
    !guarded(flag) ? [`--allow-${flag}`] : values.length ? [`--allow-${flag}=${values.join(",")}`] : [];
  const { sockets = [], state } = grants;
  // Deno asks for all three to connect to a unix socket.
  const both = [...sockets, ...(state === undefined ? [] : [state])];
  const never = (flag: Guard) => guarded(flag) ? `--deny-${flag}` : `--allow-${flag}`;
  const rights = [
    ...(grants.env.length || !guarded("env") ? list("env", grants.env) : ["--ignore-env"]),
    ...list("read", [...grants.read, ...both, ...(state === undefined ? [] : [embeddedCode()])]),
    ...list("write", [grants.write, ...both]),
    ...list("net", [...grants.net, ...sockets.map((path) => `unix:${path}`)]),
    never("run"),
    never("ffi"),
    never("sys"),
    never("import"),
  ];
  return [
    "run",
    "--quiet",
    "--no-prompt",
    ...(guarded("cached-only") ? ["--cached-only"] : []),
    `--config=${join(home, "deno.json")}`,
    `--lock=${grants.lock ?? join(home, "deno.lock")}`,
    "--frozen",
    `--v8-flags=${V8_FLAGS}${guarded("heap") ? `,--max-old-space-size=${grants.memoryMb}` : ""}`,
    ...(ALL.every((flag) => !guarded(flag)) ? ["--allow-all"] : rights),
    join(home, "core/sandbox/host.ts"),
  ];
}

/** The environment of a child: where deno and its cache are found, and the variables that the treatment was granted. */
export function childEnv(grants: Grants): Record<string, string> {
  if (!guarded("env")) return Deno.env.toObject();
  const names = [
    "PATH",
    "DENO_DIR",
    "HOME",
    "XDG_CACHE_HOME",
    // Deno keeps packages by the registry that they came from.
    "NPM_CONFIG_REGISTRY",
    "LOCALAPPDATA",
    "USERPROFILE",
    "SystemRoot",
    ...grants.env,
  ];
  const entries = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  // What it says last is told to people, in our own colours. And not even Deno itself asks the network for anything.
  return { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...Object.fromEntries(entries) };
}

/** @throws {UsageError} If a path cannot be granted, or one folder would be readable and writable. */
export function checkPaths({ read: inputs, write, sockets = [], state }: Grants): void {
  const read = [...inputs, ...(state === undefined ? [] : [state])];
  for (const path of [...read, write, ...sockets]) {
    // Deno splits permission lists at commas and has no way to quote one.
    if (path.includes(",")) {
      throw new UsageError(`Cannot use the folder "${path}": its path has a comma`, {
        fix: "Rename or move the folder",
      });
    }
  }
  for (const path of read) {
    if (contains(path, write) || contains(write, path)) {
      throw new UsageError(`Cannot run with input or code "${path}" and output "${write}": one lies inside the other`, {
        fix: "Use folders that lie side by side",
      });
    }
  }
}

/** Whether `inner` is `outer` or lies below it. */
export function contains(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return path === "" || (path !== ".." && !path.startsWith("../") && !path.startsWith("..\\"));
}

/** Where a pool whose `grants.write` is `folder` puts results. */
export function resultsIn(folder: string): string {
  return `${folder}/results`;
}

/** A new folder for children whose `grants.write` is `folder`. */
export function childrenIn(folder: string): string {
  return `${folder}/children-${crypto.randomUUID().slice(0, 8)}`;
}
