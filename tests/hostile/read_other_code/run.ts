export function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = Deno.readTextFileSync(`${world}/project/treatments/other/run.ts`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
