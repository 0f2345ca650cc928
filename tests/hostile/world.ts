/** A project with something to steal and something to break, and what became of it. */
import { writeParquet } from "../../core/data/parquet.ts";
import { openProject } from "../../core/contract/project.ts";
import { type FolderFile, listFolder } from "../../core/engine/folder.ts";
import { makeProject, type TestProject } from "../project.ts";
import type { Attack } from "./attack.ts";
import { addFrom } from "./add_from.ts";

/** What no report, log or output may hold. */
export const SECRET = "the-secret-of-the-lab";

/** Where a hostile treatment comes from. */
export type Origin = "project" | "path" | "built-in" | "git" | "https";

/** The place of one attack. */
export interface World extends AsyncDisposable {
  /** Real path of the folder that holds all. */
  readonly dir: string;
  readonly project: TestProject;
  readonly port: number;
  /** How often somebody connected to the port, or to the socket outside. */
  readonly connections: () => number;
  /** All files that the attack may not change, with their content. */
  readonly snapshot: () => Readonly<Record<string, string>>;
  /** Names that the output folder holds now, hidden ones too. */
  readonly outputs: () => string[];
  /** Real path of the folder that holds the attack's code. */
  code: string;
  /** Ended with the world. */
  readonly helpers: Deno.ChildProcess[];
  /** Ends them before. */
  readonly endHelpers: () => Promise<void>;
}

const HERE = new URL("./", import.meta.url);
const COPY = `export function run(input, output, _params, context) {
  for (const { name } of context.files) Deno.writeFileSync(output + "/" + name, Deno.readFileSync(input + "/" + name));
}
`;
const OTHER = `export const secret = "${SECRET}";\nexport function run() {}\n`;
const METADATA = {
  version: "1.0.0",
  description: "A treatment of the tests",
  input: { format: "csv" },
  output: { format: "csv" },
};
/** Written by the attack's own run. */
const ITS_OWN = /\/(10_out\/(?!earlier\.csv$)|d\/\.myx\/|05_copied\/[^/]*$)|\/myx\.log$/;

/** Where the code of an attack lies below the world's folder where nothing is added. */
const CODE: Readonly<Record<"project" | "path" | "built-in", string>> = {
  project: "project/treatments",
  path: "elsewhere/treatments",
  "built-in": "home/treatments",
};

/**
 * Makes the world of `attack`.
 *
 * @throws {UsageError} If `add` refuses it.
 */
export async function makeWorld(attack: Attack, origin: Origin): Promise<World> {
  const files = makeProject({
    "project/datasets/sibling/00_raw/secret.csv": SECRET,
    "project/datasets/d/00_raw/a.csv": "earlier raw\n",
    "project/datasets/d/10_out/earlier.csv": "earlier result\n",
    "project/datasets/d/20_next/earlier.csv": "earlier result\n",
    "project/treatments/other/treatment.json": { name: "other", ...METADATA },
    "project/treatments/other/run.ts": OTHER,
    "project/treatments/copy/treatment.json": { name: "copy", ...METADATA },
    "project/treatments/copy/run.ts": COPY,
    "outside/secret.txt": `${SECRET}\n`.repeat(100),
    "outside/secret.json": { secret: SECRET },
    "outside/results/won.csv": SECRET,
  });
  const { dir } = files;
  const web = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const local = Deno.listen({ transport: "unix", path: `${dir}/outside/socket` });
  let connections = 0;
  const count = async (listener: Deno.Listener) => {
    for await (const connection of listener) {
      connections++;
      connection.close();
    }
  };
  const counting = [count(web), count(local)];
  const project: TestProject = { ...files, dir: `${dir}/project` };
  const world: World = {
    dir,
    project,
    port: (web.addr as Deno.NetAddr).port,
    connections: () => connections,
    snapshot: () =>
      Object.fromEntries(walk(dir).filter((path) => !ITS_OWN.test(path)).map((path) => [path, read(path)])),
    outputs: () => [...Deno.readDirSync(`${dir}/project/datasets/d/10_out`)].map(({ name }) => name),
    code: "",
    helpers: [],
    async endHelpers() {
      for (const helper of world.helpers.splice(0)) {
        try {
          helper.kill("SIGKILL");
        } catch {
          // It has ended by itself.
        }
        await helper.status;
      }
    },
    async [Symbol.asyncDispose]() {
      web.close();
      local.close();
      await Promise.all(counting);
      await world.endHelpers();
      files[Symbol.dispose]();
    },
  };
  try {
    world.code = origin === "git" || origin === "https"
      ? await addFrom(origin, attack.name, openProject(project.dir))
      : copyCode(attack.name, `${dir}/${CODE[origin]}/${attack.name}`);
    attack.plant?.(world);
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
  return world;
}

function copyCode(name: string, to: string): string {
  Deno.mkdirSync(to, { recursive: true });
  for (const file of ["treatment.json", "run.ts"]) Deno.copyFileSync(new URL(`${name}/${file}`, HERE), `${to}/${file}`);
  return to;
}

/** Puts two day files in the place of the raw file, for attacks that need partitions. */
export function plantDays({ dir, project }: World): void {
  project.remove("project/datasets/d/00_raw/a.csv");
  for (const day of ["2026-01-20", "2026-01-21"]) {
    writeParquet(`${dir}/project/datasets/d/00_raw/s__bio_signal__${day}.parquet`, {
      ts: Float64Array.of(Date.parse(day) * 1000),
      columns: [],
    });
  }
}

/** Runs a program and waits, for what Deno cannot make itself. */
export function make(program: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(program, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function walk(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) =>
    isDirectory ? walk(`${dir}/${name}`) : [`${dir}/${name}`]
  );
}

function read(path: string): string {
  const { isFile, isSymlink } = Deno.lstatSync(path);
  return isFile ? Deno.readTextFileSync(path) : isSymlink ? `-> ${Deno.readLinkSync(path)}` : "special";
}

/** The published files, hidden ones left out. */
export function published(world: World): FolderFile[] {
  return listFolder(`${world.project.dir}/datasets/d/10_out`);
}
