export function run(_input: string, output: string) {
  Deno.kill(Deno.ppid, "SIGCONT");
  const stolen = "sent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
