export async function run(_input: string, output: string, { port }: { port: number }) {
  const stolen = (await Deno.connect({ hostname: "127.0.0.1", port })).localAddr;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
