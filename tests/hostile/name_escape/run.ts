export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/\x1b[2J\x1b[Hx.csv`, "x");
}
