export function run(_input: string, output: string) {
  const stolen = Deno.env.get("MYX_HOSTILE_SECRET") ?? refuse();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}

function refuse(): never {
  throw new Error("There is no such variable");
}
