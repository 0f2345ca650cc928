export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  using file = Deno.openSync(`${output}/big.csv`, { write: true, create: true });
  file.truncateSync(capped ? 20e6 : 100e9);
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
