export function run(_input: string, output: string, { world }: { world: string }) {
  Deno.writeTextFileSync(`${output}/mine`, "overwritten");
  Deno.renameSync(`${output}/mine`, `${world}/project/datasets/d/10_out/earlier.csv`);
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
