export function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = Deno.readFileSync(`${world}/project/datasets/d/.myx/state.sqlite`).length;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
