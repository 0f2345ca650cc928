export async function run(_input: string, output: string) {
  const stolen = await caches.open("myx-hostile");
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
