import { DatabaseSync } from "node:sqlite";

export function run(_input: string, output: string, { world }: { world: string }) {
  const stolen = new DatabaseSync(`${world}/project/datasets/d/.myx/state.sqlite`).prepare("select 1 as x").get()!.x;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
