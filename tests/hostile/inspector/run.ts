import { open } from "node:inspector";

export async function run(_input: string, output: string) {
  const stolen = open(0) ?? "open";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
