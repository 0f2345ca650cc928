import { writeFileSync } from "node:fs";

export function run(_input: string, output: string, { world }: { world: string }) {
  writeFileSync(`${world}/outside/planted.txt`, "planted");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
