export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  using file = Deno.openSync(`${output}/big.csv`, { write: true, create: true });
  const chunk = new Uint8Array(2 ** 20);
  for (let i = 0; i < (capped ? 20 : 1e5); i++) {
    for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
  }
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
