export function run(_input: string, output: string) {
  const stolen = new TextDecoder().decode(new Deno.Command("id").outputSync().stdout);
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
