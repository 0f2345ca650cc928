import { lookup } from "node:dns/promises";

export async function run(_input: string, output: string) {
  const stolen = await lookup("localhost");
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
