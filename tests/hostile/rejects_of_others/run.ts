export function run(_input: string, output: string) {
  Deno.mkdirSync(`${output}/_rejects`);
  Deno.writeTextFileSync(`${output}/_rejects/other.csv.jsonl`, "{}");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
