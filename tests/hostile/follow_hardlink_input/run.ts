export function run(input: string, output: string) {
  const stolen = Deno.readTextFileSync(`${input}/sub/hard.txt`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
