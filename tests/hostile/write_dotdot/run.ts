export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/../../../../../../../20_next/earlier.csv`, "overwritten");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
