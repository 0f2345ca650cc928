export async function run(_input: string, output: string, { port }: { port: number }) {
  const stolen = await import(`npm:stolen-data-${port}@1.0.0`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
