export async function run(_input: string, output: string) {
  const { gpu } = navigator as unknown as { gpu: { requestAdapter(): Promise<unknown> } };
  await gpu.requestAdapter();
  Deno.writeTextFileSync(`${output}/won.csv`, "loaded");
}
