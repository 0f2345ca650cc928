export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/x\u202evsc.csv`, "x");
}
