export function run(_input: string, output: string) {
  for (const end = Date.now() + 4000; Date.now() < end;);
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
