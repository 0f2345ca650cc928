export async function run(_input: string, output: string) {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  for (const end = Date.now() + 4000; Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 10));
  const stolen = "spent";
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
