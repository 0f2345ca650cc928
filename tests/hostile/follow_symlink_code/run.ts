export function run(_input: string, output: string) {
  const stolen = Deno.readTextFileSync(new URL("./link.txt", import.meta.url));
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
