/**
 * Builds the one binary for a gateway: all of myx, with what it may do baked in. What goes into it is read off the
 * folders, so a new treatment or flow is in the next build.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of main.ts. */
const HOME: string = fileURLToPath(import.meta.resolve("../../"));
/** Memory that a call may use where treatment.json does not ask for more. */
const HEAP_MB = 2048;

/**
 * What the binary may do; the current folder is the project. Treatments get a part of it: the network is for those that
 * load databases, and main gives it up.
 */
const PERMISSIONS = [
  "--allow-read=.",
  "--allow-write=datasets,flows,treatments,deno.json,myx.log,myx.log.1,myx.lock,.myx",
  "--allow-run=deno,git,setpriv,bwrap,/proc/self/exe",
  "--allow-env",
  "--allow-net",
  "--allow-sys=hostname",
  "--deny-ffi",
  "--deny-import",
];

/**
 * What is embedded beside main.ts and all that it imports: what is only found when it runs. A folder brings all its
 * files, and the packages that its modules import.
 */
const EMBEDDED = ["core", "treatments", "flows", "deno.json", "deno.lock"];

/** What builds parts of myx and never runs with it. */
const TOOLS = [
  "core/kernels/assembly",
  "core/kernels/build.ts",
  "core/contract/json_schema.ts",
  "core/standalone/compile.ts",
];

/** What to build. */
export interface CompileOptions {
  readonly output: string;
  /** A machine that Deno knows, such as `aarch64-unknown-linux-gnu`; by default this one. */
  readonly target?: string;
}

/** Flags that the binary runs under, as `deno run` knows them, too. */
export function runtimeFlags(): string[] {
  return [
    "--no-prompt",
    // Built-in treatments run in restricted Workers.
    "--unstable-worker-options",
    // No flag reaches a process of the binary later; how much memory a call has in all is bounded from outside, too.
    `--v8-flags=--expose-gc,--max-old-space-size=${heapMb()}`,
    ...PERMISSIONS,
  ];
}

/** The words of `deno compile`, to be run in the folder of main.ts. */
export function compileArgs({ output, target }: CompileOptions): string[] {
  return [
    "compile",
    // Kept in the binary: without it, each start would say that there is no "deno" to be granted where there is none.
    "--quiet",
    // Types are checked where they are tested.
    "--no-check",
    // It would lie under a known name in the folder for temporary files, where others may write, and be run as it is.
    "--no-code-cache",
    "--frozen",
    "--config=deno.json",
    "--lock=deno.lock",
    // Tools that only tests and builds import are in the lock file, too.
    "--exclude-unused-npm",
    ...runtimeFlags(),
    ...EMBEDDED.map((path) => `--include=${path}`),
    ...TOOLS.map((path) => `--exclude=${path}`),
    `--output=${output}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    "main.ts",
  ];
}

/** The most memory that any built-in treatment may use. */
function heapMb(): number {
  const asked = [...Deno.readDirSync(join(HOME, "treatments"))].filter(({ isDirectory }) => isDirectory).map(
    (entry) => {
      const text = Deno.readTextFileSync(join(HOME, "treatments", entry.name, "treatment.json"));
      return JSON.parse(text).permissions?.memory_mb ?? 0;
    },
  );
  return Math.max(HEAP_MB, ...asked);
}

async function compile(args: readonly string[]): Promise<number> {
  let unknown: string | undefined;
  const flags: { output: string; target?: string } = parseArgs([...args], {
    string: ["output", "target"],
    default: { output: "myx" },
    unknown: (word: string) => {
      unknown ??= word;
      return false;
    },
  });
  if (unknown !== undefined) {
    console.error(`Cannot compile with "${unknown}": expected --output PATH or --target TARGET`);
    return 2;
  }
  const output = resolve(Deno.env.get("INIT_CWD") ?? ".", flags.output);
  const words = compileArgs({ output, ...(flags.target ? { target: flags.target } : {}) });
  const { code } = await new Deno.Command("deno", { args: words, cwd: HOME }).spawn().status;
  if (code === 0) console.log(`Wrote ${output}`);
  return code;
}

if (import.meta.main) Deno.exit(await compile(Deno.args));
