export async function run(_input: string, output: string) {
  const stolen = Object.keys(await import(new URL("./engine/flow.ts", import.meta.resolve("myx")).href));
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
