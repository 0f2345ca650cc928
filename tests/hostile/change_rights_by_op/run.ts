import "node:fs";

export function run(input: string, output: string) {
  const { internal } = Deno as unknown as { internal: symbol };
  const { core } = (Deno as unknown as Record<symbol, { core: Core }>)[internal]!;
  const file = Deno.openSync(`${input}/a.csv`);
  const [number] = Object.entries(core.resources()).find(([, name]) => name === "fsFile")!;
  core.ops.op_fs_fchmod_sync(Number(number), 0o777);
  file.close();
  Deno.writeTextFileSync(`${output}/won.csv`, "changed");
}

interface Core {
  resources(): Record<string, string>;
  ops: { op_fs_fchmod_sync(file: number, mode: number): void };
}
