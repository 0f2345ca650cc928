import { open } from "node:fs/promises";

export async function run(input: string, output: string) {
  const file = await open(`${input}/a.csv`);
  await file.chmod(0o777);
  await file.close();
  Deno.writeTextFileSync(`${output}/won.csv`, "changed");
}
