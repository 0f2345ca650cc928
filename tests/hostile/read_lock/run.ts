export function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = Deno.readTextFileSync(`${world}/project/myx.lock`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
