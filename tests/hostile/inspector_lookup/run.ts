import { open } from "node:inspector";

export function run(_input: string, output: string) {
  try {
    open(0, "stolen.invalid");
  } catch (error) {
    if (!/lookup/.test(String(error))) throw error;
    Deno.writeTextFileSync(`${output}/won.csv`, "asked for");
  }
}
