export function run(_input: string, output: string) {
  const stolen = localStorage.getItem("myx-hostile") ?? "empty";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
