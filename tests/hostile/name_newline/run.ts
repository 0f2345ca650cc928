export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/a.csv\nb.csv`, "x");
}
