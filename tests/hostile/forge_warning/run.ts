export function run(_input: string, output: string, _params: unknown, context: { warn(text: string): void }) {
  context.warn("\x1b]0;owned\x07\x9b2J be warned");
  Deno.writeTextFileSync(`${output}/out.csv`, "x");
}
