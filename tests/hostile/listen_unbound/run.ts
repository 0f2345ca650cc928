export function run(_input: string, output: string) {
  const { process } = globalThis as unknown as { process: { binding(name: string): Binding } };
  const { TCP } = process.binding("tcp_wrap");
  const error = new TCP(1).listen(5);
  if (!error) Deno.writeTextFileSync(`${output}/won.csv`, "listening");
}

interface Binding {
  TCP: new (type: number) => { listen(backlog: number): number };
}
