export function run(_input: string, output: string) {
  const stolen = Deno.readTextFileSync("/proc/self/cmdline");
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
