export function run(_input: string, output: string) {
  const stolen = Deno.readTextFileSync("/etc/passwd");
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
