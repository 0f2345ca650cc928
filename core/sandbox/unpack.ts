/**
 * The host of other people's treatments, for a `deno` that cannot look into a compiled binary: a copy of myx on disk,
 * beside what is fetched from elsewhere.
 */
import { join, resolve } from "node:path";
import { MyxError, UsageError } from "../contract/errors.ts";
import { beginSha256 } from "../data/sha256.ts";
import { HOME } from "./grants.ts";
import { isStandalone } from "../standalone/self.ts";
import { isOldDeno, NEEDED_DENO } from "../version.ts";

/** Below the current folder, which is all that a binary may write to. */
const FOLDER = ".myx";
/** What a child may load, and how its imports are resolved. */
export const PARTS: readonly string[] = ["main.ts", "core", "deno.json", "deno.lock"];

let unpacked: string | undefined;

/**
 * The folder of a copy of myx, made if there is none; a copy that differs by a byte is made anew. Its packages are fetched
 * into Deno's own cache, which needs the network once.
 *
 * @throws {UsageError} If there is no `deno`.
 * @throws {MyxError} If the packages cannot be had.
 */
export function unpackHost(): string {
  return unpacked ??= unpack();
}

/**
 * The path of the `deno` that runs `what`, not being part of this program: this one, unless it is a compiled binary.
 *
 * @throws {UsageError} If there is none that runs here.
 */
export function denoPath(what = "treatments from elsewhere"): string {
  if (!isStandalone()) return Deno.execPath();
  const args = ["eval", "--quiet", "--no-config", "--no-lock", "console.log(Deno.version.deno, Deno.execPath())"];
  let answer: Deno.CommandOutput;
  try {
    answer = new Deno.Command("deno", { args, stdout: "piped", stderr: "piped" }).outputSync();
  } catch (cause) {
    throw noDeno(what, cause instanceof Deno.errors.NotFound ? "there is none" : doesNotRun(String(cause)), cause);
  }
  const { success, code, signal, stdout, stderr } = answer;
  if (success) {
    const [, version = "", path = ""] = /^(\S+) (.*)$/s.exec(decode(stdout).trim()) ?? [];
    if (isOldDeno(version)) throw noDeno(what, `the one there is Deno ${version}`);
    return path;
  }
  // One that was made for another machine, or for a later system.
  throw noDeno(what, doesNotRun(decode(stderr).trim().split("\n")[0] || `it ended with ${signal ?? `code ${code}`}`));
}

/** @throws {UsageError} If `treatment` needs a `deno` beside this program, and there is none that runs here. */
export function requireDeno({ name, origin }: { readonly name: string; readonly origin: string }): void {
  if (isStandalone() && origin !== "built-in") denoPath(`treatment "${name}"`);
}

function doesNotRun(reason: string): string {
  return `the one there does not run: ${reason}`;
}

function noDeno(what: string, why: string, cause?: unknown): UsageError {
  return new UsageError(`Cannot run ${what}: what is not built in needs a "deno" on the PATH, and ${why}`, {
    fix: `Install Deno ${NEEDED_DENO} or later (https://deno.com), or use built-in treatments only`,
    cause,
  });
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function unpack(): string {
  denoPath();
  const files = PARTS.flatMap((part) => filesOf(HOME, part));
  const hash = beginSha256();
  const bytes = new Map(files.map((path) => [path, Deno.readFileSync(join(HOME, path))]));
  for (const [path, content] of bytes) hash.update(`${path}\0${content.length}\0`).update(content);
  const copy: string = resolve(FOLDER, `host-${hash.digest("hex").slice(0, 16)}`);
  if (isSame(copy, bytes)) return copy;
  const scratch = `${copy}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    for (const [path, content] of bytes) {
      Deno.mkdirSync(join(scratch, path, ".."), { recursive: true });
      Deno.writeFileSync(join(scratch, path), content, { createNew: true });
    }
    Deno.writeTextFileSync(join(scratch, ".gitignore"), "*\n");
    fetchPackages(scratch);
    // Another run may have made it meanwhile, and have children that load it.
    if (isSame(copy, bytes)) return copy;
    if (isThere(copy)) Deno.removeSync(copy, { recursive: true });
    try {
      Deno.renameSync(scratch, copy);
    } catch (error) {
      if (!isSame(copy, bytes)) throw error;
    }
  } finally {
    if (isThere(scratch)) Deno.removeSync(scratch, { recursive: true });
  }
  return copy;
}

function fetchPackages(home: string): void {
  const { success, stderr } = new Deno.Command("deno", {
    args: [
      "cache",
      "--quiet",
      "--frozen",
      `--config=${join(home, "deno.json")}`,
      `--lock=${join(home, "deno.lock")}`,
      join(home, "core/sandbox/host.ts"),
    ],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (success) return;
  const reason = decode(stderr).trim().split("\n")[0]?.replace(/^error: /, "");
  throw new MyxError(`Cannot fetch the packages that treatments from elsewhere are run with: ${reason}`, {
    fix: "Run once with a network; after that it works without",
  });
}

function filesOf(root: string, path: string): string[] {
  if (Deno.statSync(join(root, path)).isFile) return [path];
  return [...Deno.readDirSync(join(root, path))].flatMap(({ name }) => filesOf(root, `${path}/${name}`)).sort();
}

/** Whether a folder holds exactly these files. */
function isSame(folder: string, files: ReadonlyMap<string, Uint8Array>): boolean {
  if (!isThere(folder)) return false;
  const there = PARTS.filter((part) => isThere(join(folder, part))).flatMap((part) => filesOf(folder, part));
  return there.length === files.size && there.every((path) => {
    const [a, b] = [files.get(path), Deno.readFileSync(join(folder, path))];
    return a?.length === b.length && a.every((byte, i) => byte === b[i]);
  });
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
