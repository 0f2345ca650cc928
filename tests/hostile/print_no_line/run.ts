export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  const text = new Uint8Array(2 ** 20).fill(120);
  for (let i = 0; i < (capped ? 100 : 100_000); i++) {
    for (let at = 0; at < text.length;) at += Deno.stdout.writeSync(text.subarray(at));
  }
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
