export async function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = (await import(`file://${world}/project/treatments/other/run.ts`)).secret;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
