import { closeSync, fchmodSync, openSync } from "node:fs";

export function run(input: string, output: string) {
  const file = openSync(`${input}/a.csv`, "r");
  fchmodSync(file, 0o777);
  closeSync(file);
  Deno.writeTextFileSync(`${output}/won.csv`, "changed");
}
