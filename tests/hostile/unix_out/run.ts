export async function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = (await Deno.connect({ transport: "unix", path: `${world}/outside/socket` })).localAddr;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
