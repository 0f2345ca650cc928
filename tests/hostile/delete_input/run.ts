export function run(input: string, output: string) {
  Deno.removeSync(`${input}/a.csv`);
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
