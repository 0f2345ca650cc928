export function run(input: string, output: string) {
  const stolen = Deno.readTextFileSync(`${input}/../../sibling/00_raw/secret.csv`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
