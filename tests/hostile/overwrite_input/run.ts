export function run(input: string, output: string) {
  Deno.writeTextFileSync(`${input}/a.csv`, "overwritten");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
