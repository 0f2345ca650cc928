export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/${"x".repeat(240)}.csv`, "x");
}
