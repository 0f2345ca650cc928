export function run(input: string, output: string) {
  const stolen = Deno.readTextFileSync(`${input}/sub/folder/secret.txt`);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
