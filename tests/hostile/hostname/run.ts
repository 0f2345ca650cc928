export function run(_input: string, output: string) {
  const stolen = Deno.hostname();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
