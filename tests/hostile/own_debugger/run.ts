export async function run(_input: string, output: string) {
  const { PassThrough } = await import("node:stream");
  const objects = Object.prototype as unknown as Record<string, unknown>;
  let chunks = 0;
  Object.defineProperty(objects, "toJSON", {
    configurable: true,
    value(this: { id?: number; method?: string }) {
      return this.method === "Runtime.enable" ? { id: this.id, method: "HeapProfiler.enable" } : this;
    },
  });
  Object.defineProperty(objects, "error", { configurable: true, get: () => void chunks++ });
  try {
    const { start } = await import("node:repl");
    start({ input: new PassThrough(), output: new PassThrough(), terminal: true, preview: true });
  } finally {
    delete objects.toJSON;
    delete objects.error;
  }
  if (chunks) Deno.writeTextFileSync(`${output}/won.csv`, "answered");
}
