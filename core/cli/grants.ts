import { isAbsolute, relative, resolve } from "node:path";
import type { Project } from "../contract/project.ts";
import { V8_FLAGS } from "../v8_flags.ts";

/** The folders a `deno run` of myx may read and write; what else it needs is always the same. */
export interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Programs, and whether it may use the network; only what fetches other people's treatments needs other than the rest. */
  readonly run?: readonly string[];
  readonly net?: boolean;
}

/** What starts children: deno, and what bounds them further where it is installed. */
const PROGRAMS = ["deno", "setpriv", "bwrap"];

/** What myx needs to serve the project at `dir`, as written from the current folder. */
export function projectGrants(dir: string, home: string): Grants {
  const inside = (name: string) => dir === "." ? name : `${dir}/${name}`;
  return {
    read: dir === home ? [dir] : [dir, home],
    write: ["datasets", "flows", "treatments", "deno.json", "myx.log", "myx.log.1"].map(inside),
  };
}

/** What myx needs to fetch other people's treatments for the project in the current folder. */
export function fetchGrants(home: string): Grants {
  return { read: home === "." ? ["."] : [".", home], write: [".myx", "myx.lock"], run: ["deno", "git"], net: true };
}

/**
 * The words of the command that runs myx under `grants`. Configuration and lock are those of myx, named or not by the
 * project: packages and imports of the project can neither break nor change it.
 */
export function denoCommand(grants: Grants, home: string): string[] {
  const inHome = (name: string) => home === "." ? name : `${home}/${name}`;
  return [
    "deno",
    "run",
    "-q",
    "--no-prompt",
    "--frozen",
    `--v8-flags=${V8_FLAGS}`,
    `--config=${inHome("deno.json")}`,
    `--allow-read=${grants.read.join(",")}`,
    `--allow-write=${grants.write.join(",")}`,
    `--allow-run=${(grants.run ?? PROGRAMS).join(",")}`,
    "--allow-env",
    ...(grants.net ? ["--allow-net"] : []),
    "--allow-sys=hostname",
    inHome("main.ts"),
  ];
}

/** The folder of main.ts. */
export const HOME: string = resolve(import.meta.dirname ?? ".", "../..");

/** A path as people would write it from `base`: relative while that is near, else absolute. Always with `/`. */
export function shortPath(path: string, base: string): string {
  const way: string = relative(base, path);
  const near = !isAbsolute(way) && !/^(\.\.[/\\]){3}/.test(`${way}/`);
  return (near ? way || "." : path).replaceAll("\\", "/");
}

/** Where a published schema lies, from folder `from` of a project: a relative path where myx lies near the project. */
export function schemaPath(project: Project, kind: "flow" | "treatment", from: string): string {
  const path = `${project.home}/core/contract/${kind}.schema.json`;
  const near = !isAbsolute(shortPath(project.home, project.dir));
  return (near ? relative(from, path) : path).replaceAll("\\", "/");
}
