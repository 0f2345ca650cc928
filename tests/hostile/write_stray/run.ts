export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/../stray.csv`, "x");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
