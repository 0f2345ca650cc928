export function run(
  _input: string,
  output: string,
  _params: unknown,
  context: { metric(name: string, value: number): void },
) {
  for (let i = 0; i < 30_000; i++) context.metric(`m${i}`, i);
  context.metric("__proto__", 1);
  context.metric("bad\x1b[2J", Number.NaN);
  Deno.writeTextFileSync(`${output}/out.csv`, "x");
}
