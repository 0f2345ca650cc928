import { MyxError } from "../../core/contract/errors.ts";
import { openProject, type Project } from "../../core/contract/project.ts";
import { resolveFlow } from "../../core/contract/resolve.ts";
import { type FlowOptions, runFlow } from "../../core/engine/flow.ts";
import type { Attack } from "./attack.ts";
import { makeWorld, type Origin, SECRET, type World } from "./world.ts";

/** What became of an attack. */
export interface Outcome {
  readonly exit: number;
  /** Errors and warnings, as people see them. */
  readonly said: string;
  /** How it won, or nothing. */
  readonly won: readonly string[];
  /** Whether the report, the log or an output holds the secret. */
  readonly leaked: boolean;
  /** Processes of the run that are left behind. */
  readonly left: readonly string[];
}

/** How an attack is run. */
export interface AttackOptions {
  readonly origin: Origin;
  /** Whether it should be content with little, because nothing stops it. */
  readonly capped?: boolean;
  readonly flow?: FlowOptions;
}

const OUTPUT = "10_out";

/** Runs one attack in a world of its own. */
export async function runAttack(attack: Attack, options: AttackOptions): Promise<Outcome> {
  try {
    return await attempt(attack, options);
  } catch (error) {
    if (!(error instanceof MyxError)) throw error;
    // Refused before anything ran.
    return { exit: error.exitCode, said: `${error.message}\n${error.fix ?? ""}`, won: [], leaked: false, left: [] };
  }
}

async function attempt(attack: Attack, { origin, capped = false, flow = {} }: AttackOptions): Promise<Outcome> {
  Deno.env.set("MYX_HOSTILE_SECRET", SECRET);
  await using world = await makeWorld(attack, origin);
  const before = world.snapshot();
  const warnings: string[] = [];
  const options: FlowOptions = {
    jobs: 1,
    ...flow,
    onEvent: (event) => event.type === "warning" && warnings.push(event.message),
  };
  // Where npm would be asked for a package, if a child could.
  using _registry = capped && attack.name === "import_npm" ? registryAt(world.port) : undefined;
  using _help = help(attack, world);
  const params = { world: world.dir, port: world.port, capped };
  const resolved = resolveFlow(projectOf(world, origin), flowOf(attack, world, origin), {
    now: Temporal.Now.instant(),
    params,
  });
  const report = await runFlow(resolved, options);
  const errors = report.steps.flatMap(({ errors }) => errors);
  const after = world.snapshot();
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => before[path] !== after[path]);
  const outputs = world.outputs();
  const texts = [JSON.stringify(report), world.project.read("project/myx.log"), ...contentsOf(world, outputs)];
  await world.endHelpers();
  return {
    exit: report.exit_code,
    said: [...errors.map(({ message, fix = "" }) => `${message}\n${fix}`), ...warnings].join("\n"),
    won: [
      ...(outputs.includes("won.csv") ? ["it published its evidence"] : []),
      ...changed.map((path) => `it changed ${path}`),
      ...(world.connections() ? ["it connected"] : []),
      ...(attack.won?.(world, report) ? ["as its row says"] : []),
    ],
    leaked: texts.some((text) => text.includes(SECRET)),
    left: await processesOf(world.dir),
  };
}

function projectOf({ dir, project }: World, origin: Origin): Project {
  const opened = openProject(project.dir);
  return origin === "built-in" ? { ...opened, home: `${dir}/home` } : opened;
}

function flowOf({ name, input = "00_raw" }: Attack, { code }: World, origin: Origin) {
  const treatment = origin === "path" ? code : name;
  return {
    name: "hostile",
    dataset: "d",
    params: {},
    steps: [
      ...(input === "05_copied" ? [{ treatment: "copy", input: "00_raw", output: input }] : []),
      { treatment, input, output: OUTPUT },
    ],
  };
}

function registryAt(port: number): Disposable {
  Deno.env.set("NPM_CONFIG_REGISTRY", `http://127.0.0.1:${port}`);
  return { [Symbol.dispose]: () => Deno.env.delete("NPM_CONFIG_REGISTRY") };
}

/** Waits for the call's folder to appear and then lets the accomplice at it, once. */
function help({ accomplice }: Attack, world: World): Disposable {
  const calls = `${world.project.dir}/datasets/d/.myx/staging/${OUTPUT}/calls`;
  const timer = accomplice && setInterval(() => {
    const folder = callFolder(calls);
    if (!folder) return;
    clearInterval(timer);
    accomplice(world, folder);
  }, 20);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The folder of the one call: below the pool's folder and the child's. */
function callFolder(calls: string): string | undefined {
  let folder = calls;
  for (const pattern of [/^children-/, /^/, /^/]) {
    try {
      const entry = [...Deno.readDirSync(folder)].find(({ name }) => pattern.test(name));
      if (!entry) return undefined;
      folder += `/${entry.name}`;
    } catch {
      return undefined;
    }
  }
  return folder;
}

function contentsOf({ project }: World, outputs: readonly string[]): string[] {
  return outputs.map((name) => {
    const path = `${project.dir}/datasets/d/${OUTPUT}/${name}`;
    return Deno.lstatSync(path).isFile ? Deno.readTextFileSync(path) : "";
  });
}

/** Command lines that name `dir`; given a moment, since a killed process is there until it is reaped. */
async function processesOf(dir: string): Promise<string[]> {
  for (let attempt = 0;; attempt++) {
    const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args", "-ww"] }).output();
    const found = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(dir));
    if (!found.length || attempt === 10) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
