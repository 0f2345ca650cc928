export function run(_input: string, output: string, { world }: { world: string }) {
  Deno.writeTextFileSync(`${world}/outside/planted.txt`, "planted");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
