export function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = Deno.readTextFileSync(`${world}/project/datasets/sibling/00_raw/secret.csv`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
