import { execFileSync } from "node:child_process";

export function run(_input: string, output: string) {
  const stolen = execFileSync("id").toString();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
