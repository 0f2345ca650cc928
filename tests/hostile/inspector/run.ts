import { open } from "node:inspector";

export function run(_input: string, output: string) {
  open(0);
  Deno.writeTextFileSync(`${output}/won.csv`, "listening");
}
