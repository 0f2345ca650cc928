/**
 * Looks for circles among the project's modules, and for imports that run back up the layers. Prints each and ends with
 * exit code 1 if there are any.
 */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly specifier: string; readonly code?: { readonly specifier: string } }[];
}

/** Who may import whom: a layer's modules import their own layer and those behind it. */
const LAYERS = [
  "core/cli/",
  "core/remote/",
  "core/engine/",
  "core/sandbox/",
  "core/contract/",
  "core/postgres/",
  "core/raw/",
  "core/data/",
  "core/parquet/",
  "core/kernels/",
  "core/standalone/",
  "core/version.ts",
  "core/v8_flags.ts",
];

const root = new URL("../", import.meta.url);
const roots = ["main.ts", "core/mod.ts", "core/sandbox/host.ts", ...commands(), ...treatments()];
const imports = new Map<string, string[]>();
for (const path of roots) {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL(path, root).href],
    stdout: "piped",
  }).output();
  if (!success) throw new Error(`Cannot list the imports of "${path}"`);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  for (const { specifier, dependencies = [] } of modules) {
    if (specifier.startsWith(root.href)) {
      imports.set(local(specifier), dependencies.flatMap(({ code }) => code ? [local(code.specifier)] : []));
    }
  }
}

const problems = [...findCircles(), ...findClimbs()];
for (const problem of problems) console.error(problem);
console.error(`${imports.size} modules, ${problems.length} problems`);
Deno.exit(problems.length ? 1 : 0);

/** Imported by a variable, so that nothing else shows the way to them. */
function commands(): string[] {
  return [...Deno.readDirSync(new URL("core/cli/", root))].map(({ name }) => `core/cli/${name}`);
}

function treatments(): string[] {
  return [...Deno.readDirSync(new URL("treatments/", root))].map(({ name }) => `treatments/${name}/run.ts`);
}

function local(specifier: string): string {
  return specifier.startsWith(root.href) ? specifier.slice(root.href.length) : specifier;
}

function findCircles(): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (module: string, path: readonly string[]) => {
    const at = path.indexOf(module);
    if (at >= 0) circles.push(`Circle: ${[...path.slice(at), module].join(" -> ")}`);
    if (at >= 0 || done.has(module)) return;
    for (const next of imports.get(module) ?? []) visit(next, [...path, module]);
    done.add(module);
  };
  for (const module of imports.keys()) visit(module, []);
  return circles;
}

function findClimbs(): string[] {
  const rank = (module: string) => LAYERS.findIndex((layer) => module.startsWith(layer));
  return [...imports].flatMap(([module, targets]) =>
    targets.flatMap((target) => {
      const treatment = module.startsWith("treatments/");
      const folder = module.split("/").slice(0, 2).join("/");
      const foreign = treatment && target !== "core/mod.ts" && !target.startsWith(`${folder}/`);
      const climbs = rank(module) >= 0 && rank(target) >= 0 && rank(target) < rank(module);
      const special = !treatment && target.startsWith("treatments/");
      return foreign || climbs || special ? [`Climb: ${module} imports ${target}`] : [];
    })
  );
}
