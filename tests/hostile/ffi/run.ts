export function run(_input: string, output: string) {
  const stolen = Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } }).symbols.getpid();
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
