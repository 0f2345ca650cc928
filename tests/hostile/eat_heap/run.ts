export function run(_input: string, output: string) {
  const kept: unknown[] = [];
  for (let i = 0; i < 3_000_000; i++) kept.push({ i, list: [i, i + 0.5] });
  if (!kept.length) return;
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
