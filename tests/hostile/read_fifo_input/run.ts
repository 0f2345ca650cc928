export function run(input: string, output: string) {
  const stolen = Deno.readTextFileSync(`${input}/sub/pipe`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
