import { fromFileUrl, relative } from "@std/path";
import { UsageError } from "../contract/errors.ts";

/** What a child may touch: its whole world besides the code that the host imports statically. */
export interface Grants {
  /** Real paths of folders it may read. */
  readonly read: readonly string[];
  /** Real path of the one folder it may write. */
  readonly write: string;
  readonly net: readonly string[];
  readonly env: readonly string[];
  readonly memoryMb: number;
}

const HOST = fromFileUrl(import.meta.resolve("./host.ts"));
const CONFIG = fromFileUrl(import.meta.resolve("../../deno.json"));
const LOCK = fromFileUrl(import.meta.resolve("../../deno.lock"));

/** The command line of a child: nothing but `grants`, no prompt, no download, no environment. */
export function childArgs(grants: Grants): string[] {
  checkPaths(grants);
  const list = (flag: string, values: readonly string[]) =>
    values.length ? [`--allow-${flag}=${values.join(",")}`] : [];
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    `--config=${CONFIG}`,
    `--lock=${LOCK}`,
    "--frozen",
    ...(grants.env.length ? list("env", grants.env) : ["--ignore-env"]),
    `--v8-flags=--expose-gc,--max-old-space-size=${grants.memoryMb}`,
    ...list("read", grants.read),
    `--allow-write=${grants.write}`,
    ...list("net", grants.net),
    "--deny-run",
    "--deny-ffi",
    "--deny-sys",
    "--deny-import",
    HOST,
  ];
}

/** The environment of a child: where deno finds its cache, and the variables that the treatment was granted. */
export function childEnv(grants: Grants): Record<string, string> {
  const names = ["DENO_DIR", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE", "SystemRoot", ...grants.env];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

function checkPaths({ read, write }: Grants): void {
  for (const path of [...read, write]) {
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
