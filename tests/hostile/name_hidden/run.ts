export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/.hidden.csv`, "x");
}
