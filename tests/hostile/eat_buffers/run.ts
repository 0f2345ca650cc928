export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  const kept = Array.from({ length: capped ? 20 : 80 }, () => new ArrayBuffer(2 ** 26));
  if (!kept.length) return;
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
