import stolen from "/etc/passwd" with { type: "text" };

export function run(_input: string, output: string) {
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
