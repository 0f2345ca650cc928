export function run(_input: string, output: string, { world }: { world: string }) {
  Deno.removeSync(output, { recursive: true });
  Deno.symlinkSync(`${world}/outside/results`, output);
}
