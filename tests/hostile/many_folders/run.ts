export async function run(_input: string, output: string) {
  let folder = output;
  for (let i = 0; i < 300; i++) {
    folder += "/f";
    Deno.mkdirSync(folder);
  }
  await new Promise((resolve) => setTimeout(resolve, 800));
  // Only to end as a call that went well, if nothing stops it.
  Deno.removeSync(`${output}/f`, { recursive: true });
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
