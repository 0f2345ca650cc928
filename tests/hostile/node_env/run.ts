import process from "node:process";

export function run(_input: string, output: string) {
  const stolen = process.env.MYX_HOSTILE_SECRET ?? refuse();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}

function refuse(): never {
  throw new Error("There is no such variable");
}
