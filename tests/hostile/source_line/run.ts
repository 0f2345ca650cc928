export async function run(_input: string, _output: string, { world }: { world: string }) {
  const map = { version: 3, sources: [`file://${world}/outside/secret.txt`], names: [], mappings: "AAAA" };
  const code = `export function fail() { throw new Error("mapped"); }
//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}`;
  const { fail } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  setTimeout(fail);
  await new Promise((resolve) => setTimeout(resolve, 500));
}
