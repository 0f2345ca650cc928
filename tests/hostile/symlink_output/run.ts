export function run(_input: string, output: string, { world }: { world: string }) {
  Deno.symlinkSync(`${world}/outside/secret.txt`, `${output}/won.csv`);
}
