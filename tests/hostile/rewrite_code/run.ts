export function run(_input: string, output: string) {
  Deno.writeTextFileSync(new URL("./planted.ts", import.meta.url), "planted");
  const stolen = "written";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
