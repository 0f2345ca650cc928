/** The peers: how each is run, and how its packages come into the folder `peers`, which the product knows nothing of. */
import { fromFileUrl } from "@std/path";
import type { StepTimes } from "./peers/rules.ts";
import { type Command, type Run, runCommand, type RunOptions } from "./run_command.ts";

/** Another way to do the same work. */
export interface Peer {
  readonly name: string;
  readonly command: Command;
}

/** A peer that can not run here. */
export interface MissingPeer {
  readonly name: string;
  readonly why: string;
}

const FOLDER = fromFileUrl(new URL("peers", import.meta.url));
const VENV = `${FOLDER}/.venv/bin/python`;
/**
 * Deno keeps its own modules compiled for one set of V8's flags: in one cache, the product and a peer that run in turn would
 * each compile them anew each time, which nobody has who uses one of them.
 */
const DENO = ["env", `DENO_DIR=${FOLDER}/node_modules/.cache/deno`, Deno.execPath()] as const;
const NPM = [
  { name: "DuckDB", script: "duckdb.ts", imports: ["@duckdb/node-api"] },
  { name: "Polars (npm)", script: "polars_npm.ts", imports: ["nodejs-polars"] },
];
const PYTHON = [
  { name: "Polars (Python)", script: "polars_python.py", imports: ["polars"] },
  { name: "pandas + pyarrow", script: "pandas_python.py", imports: ["pandas", "pyarrow"] },
];
/** Node's own rule for optional packages skips it on versions of Node it was not made for, though Deno runs it. */
const POLARS_BINARY = ({ linux: "linux-x64-gnu", darwin: "darwin-arm64" } as Record<string, string>)[Deno.build.os];

/** Finds the peers that can run, after an attempt to install those that can not. */
export async function findPeers(
  options: { readonly installSeconds: number },
): Promise<{ readonly peers: readonly Peer[]; readonly missing: readonly MissingPeer[] }> {
  const signal = AbortSignal.timeout(options.installSeconds * 1000);
  const found = await Promise.all([
    ...NPM.map(npmPeer(installNpm(signal))),
    ...PYTHON.map(pythonPeer(installPython(signal))),
  ]);
  return {
    peers: found.filter((peer) => "command" in peer),
    missing: found.filter((peer) => "why" in peer),
  };
}

/** Runs a peer; its last line tells how long each step took. */
export async function runPeer(
  { command }: Peer,
  raw: string,
  out: string,
  rules: string,
  options: RunOptions,
): Promise<Run & { readonly steps: StepTimes }> {
  const run = await runCommand([...command, raw, out, rules], options);
  return { ...run, steps: JSON.parse(run.stdout.trim().split("\n").at(-1)!) };
}

type Wanted = typeof NPM[number];

function npmPeer(install: () => Promise<string | undefined>) {
  return async ({ name, script, imports }: Wanted): Promise<Peer | MissingPeer> => {
    const config = `${FOLDER}/deno.json`;
    const code = imports.map((name) => `await import("${name}");`).join("");
    const probe = () => works([...DENO, "eval", "--config", config, `${code} Deno.exit(0)`]);
    const why = await probe()
      ? undefined
      : await install() ?? (await probe() ? undefined : "its package does not load");
    if (why) return { name, why };
    return { name, command: [...DENO, "run", "-q", "-A", "--config", config, `${FOLDER}/${script}`] };
  };
}

function installNpm(signal: AbortSignal): () => Promise<string | undefined> {
  let installing: Promise<string | undefined> | undefined;
  return () =>
    installing ??= (async () => {
      const { dependencies } = JSON.parse(Deno.readTextFileSync(`${FOLDER}/package.json`));
      const binary = POLARS_BINARY ? [`nodejs-polars-${POLARS_BINARY}@${dependencies["nodejs-polars"]}`] : [];
      const flags = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
      return await attempt(["npm", "install", ...flags, ...binary], signal);
    })();
}

function installPython(signal: AbortSignal): () => Promise<string | undefined> {
  let installing: Promise<string | undefined> | undefined;
  return () =>
    installing ??= (async () => {
      const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt"] as const;
      return await attempt(["python3", "-m", "venv", ".venv"], signal) ?? await attempt([VENV, ...pip], signal);
    })();
}

function pythonPeer(install: () => Promise<string | undefined>) {
  return async ({ name, script, imports }: Wanted): Promise<Peer | MissingPeer> => {
    const code = `import ${imports.join(", ")}`;
    const find = async () => {
      for (const python of [VENV, "python3"]) if (await works([python, "-c", code])) return python;
    };
    const found = await find();
    const failure = found ? undefined : await install();
    const python = found ?? await find();
    if (python) return { name, command: [python, `${FOLDER}/${script}`] };
    return { name, why: failure ?? `${imports.join(" or ")} does not load` };
  };
}

async function works(command: Command): Promise<boolean> {
  return await attempt(command, AbortSignal.timeout(20_000)) === undefined;
}

/** Runs a command among the peers; tells why it failed. */
async function attempt([program, ...args]: Command, signal: AbortSignal): Promise<string | undefined> {
  if (signal.aborted) return "its installation took too long";
  try {
    const options = { args, cwd: FOLDER, signal, stdout: "null", stderr: "piped" } as const;
    const { success, stderr } = await new Deno.Command(program, options).output();
    if (success) return undefined;
    if (signal.aborted) return "its installation took too long";
    return new TextDecoder().decode(stderr).trim().split("\n").at(-1) || `${program} failed`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${program}`;
    throw error;
  }
}
