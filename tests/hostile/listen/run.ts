export function run(_input: string, output: string) {
  const stolen = Deno.listen({ hostname: "127.0.0.1", port: 0 }).addr.transport;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
