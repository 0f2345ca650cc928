export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/out.csv`, "x");
  const stolen = Deno.readTextFileSync(`${output}/out.csv`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
