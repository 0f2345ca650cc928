export async function run(_input: string, output: string, { port }: { port: number }) {
  const stolen = await (await fetch(`http://127.0.0.1:${port}/?data=stolen`)).text();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
