export function run(input: string, output: string) {
  const stolen = [...Deno.readDirSync(`${input}/..`)].map(({ name }) => name).join();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
