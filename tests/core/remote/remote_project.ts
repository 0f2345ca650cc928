/** A project that myx serves as a process, with the grants that its tasks give: more would hide what a user meets. */
import { fromFileUrl } from "@std/path";
import { execute, type Server } from "./servers.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { DENO_RUN } from "../../deno_run.ts";
import { type Files, writeFiles } from "../../files.ts";

const HOME: string = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** How a run of myx ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a temporary folder. */
export interface RemoteProject extends Disposable {
  readonly dir: string;
  /** Folders below which tests make repositories and the like. */
  readonly outside: string;
  myx(...args: string[]): Promise<Ended>;
  write(files: Files): void;
  read(path: string): string;
  lock(): { treatments: Record<string, Pinned>; flows: Record<string, Pinned> };
  /** Folder in the cache that has a file. */
  cached(file: string): string;
}

/** An entry of myx.lock as tests change it. */
export interface Pinned {
  url: string;
  commit?: string;
  permissions: { net?: string[]; env?: string[]; memory_mb?: number };
  npm?: { packages: Record<string, unknown> };
  treatments: Record<string, string>;
  files: Record<string, string>;
}

/** Makes the project; `server` is one whose certificate it trusts. */
export function makeRemoteProject(server?: Pick<Server, "ca">, env: Record<string, string> = {}): RemoteProject {
  const top = makeTempDir("myx-test-remote-");
  const dir = `${top}/project`;
  const project: RemoteProject = {
    dir,
    outside: top,
    async myx(...args) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...DENO_RUN,
          ...grantsFor(args[0]!),
          `${HOME}/main.ts`,
          ...args,
        ],
        cwd: dir,
        env: { NO_COLOR: "1", ...(server ? { DENO_CERT: server.ca, GIT_SSL_CAINFO: server.ca } : {}), ...env },
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    write: (files) => writeFiles(dir, files),
    read: (path) => Deno.readTextFileSync(`${dir}/${path}`),
    lock: () => JSON.parse(Deno.readTextFileSync(`${dir}/myx.lock`)),
    cached: (file) => {
      for (const { name } of Deno.readDirSync(`${dir}/.myx/cache`)) {
        try {
          Deno.statSync(`${dir}/.myx/cache/${name}/${file}`);
          return `${dir}/.myx/cache/${name}`;
        } catch {
          // Another one has it.
        }
      }
      throw new Error(`No cached "${file}"`);
    },
    [Symbol.dispose]: () => Deno.removeSync(top, { recursive: true }),
  };
  project.write({ "datasets/d/00_raw/a.csv": "one\ntwo\n", "flows/f.json": flowOf("shout") });
  return project;
}

function grantsFor(command: string): string[] {
  const read = `--allow-read=.,${HOME}`;
  const remote = ["add", "update", "remove"].includes(command);
  if (remote) return [read, "--allow-write=.myx,myx.lock", "--allow-run=deno,git", "--allow-env", "--allow-net"];
  return [read, "--allow-write=datasets,myx.log", "--allow-run=deno", "--allow-env", "--allow-sys=hostname"];
}

/** A flow of one step on dataset d. */
export function flowOf(treatment: string): unknown {
  return { name: "f", dataset: "d", steps: [{ treatment, input: "00_raw", output: "10_out" }] };
}

/** The files of a treatment that writes its input in capitals, with `code` in place of how. */
export function shout(folder: string, metadata: Files = {}, code = SHOUT): Record<string, string> {
  const treatment = {
    name: "shout",
    version: "1.0.0",
    description: "Writes its input in capitals.",
    input: { format: "csv" },
    output: { format: "csv" },
    ...metadata,
  };
  return { [`${folder}treatment.json`]: JSON.stringify(treatment), [`${folder}run.ts`]: code };
}

/** Code that says something with `text`, an expression. */
export function say(text: string, imports = ""): string {
  return `${imports}
export function run(input: string, output: string) {
  const text = Deno.readTextFileSync(\`\${input}/a.csv\`);
  Deno.writeTextFileSync(\`\${output}/out.csv\`, ${text});
}
`;
}

const SHOUT = say("text.toUpperCase()");

/** Makes a repository, commits `files`, and returns how to go on with it. */
export async function makeRepository(dir: string, files: Files, tag = "v1") {
  Deno.mkdirSync(dir, { recursive: true });
  const git = (...args: string[]) =>
    execute("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.compression=0", ...args], dir);
  await git("init", "-q", "-b", "main");
  const commit = async (files: Files, name?: string) => {
    writeFiles(dir, files);
    await git("add", "-A", "-f");
    await git("commit", "-q", "-m", "change");
    if (name !== undefined) await git("tag", "-f", name);
    return await git("rev-parse", "HEAD");
  };
  return { git, commit, first: await commit(files, tag) };
}
