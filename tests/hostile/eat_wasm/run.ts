export function run(_input: string, output: string, { capped }: { capped: boolean }) {
  const memories = Array.from({ length: capped ? 20 : 64 }, () => new WebAssembly.Memory({ initial: 1024 }));
  if (!memories.length) return;
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
