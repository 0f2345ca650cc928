export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  for (let i = 0; i < (capped ? 600 : 1e6); i++) Deno.writeTextFileSync(`${output}/${i}.csv`, "");
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
