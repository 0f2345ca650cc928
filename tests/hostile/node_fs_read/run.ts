import { readFileSync } from "node:fs";

export function run(_input: string, output: string) {
  const stolen = readFileSync("/etc/passwd", "utf8");
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
