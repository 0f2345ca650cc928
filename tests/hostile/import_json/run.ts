export async function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = (await import(`file://${world}/outside/secret.json`, { with: { type: "json" } })).default.secret;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
