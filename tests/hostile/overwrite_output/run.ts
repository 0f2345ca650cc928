export function run(_input: string, output: string, { world }: { world: string }) {
  Deno.writeTextFileSync(`${world}/project/datasets/d/10_out/earlier.csv`, "overwritten");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
