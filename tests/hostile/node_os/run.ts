import { userInfo } from "node:os";

export function run(_input: string, output: string) {
  const stolen = userInfo().username;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
