export function run(input: string, output: string) {
  const stolen = Deno.readTextFileSync(`${input}/.link`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
