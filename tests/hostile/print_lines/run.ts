export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  const line = `${"x".repeat(99)}\n`.repeat(10_000);
  const text = new TextEncoder().encode(line);
  for (let i = 0; i < (capped ? 100 : 100_000); i++) {
    for (let at = 0; at < text.length;) at += Deno.stderr.writeSync(text.subarray(at));
  }
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
