export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  for (let i = 0; i < (capped ? 20 : 1000); i++) Deno.writeFileSync(`${output}/${i}.csv`, new Uint8Array(2 ** 20));
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
