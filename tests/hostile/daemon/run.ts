export function run(_input: string, output: string, { world }: { world: string }) {
  const daemon = new Deno.Command("sleep", { args: ["2", world], stdin: "null", stdout: "null", stderr: "null" })
    .spawn();
  daemon.unref();
  const stolen = daemon.pid;
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
