import { createRequire } from "node:module";

export function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = createRequire("file:///")(`${world}/outside/secret.json`).secret;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
