export async function run(_input: string, output: string) {
  const stolen = await new Promise((resolve, reject) => {
    const worker = new Worker("data:text/javascript,postMessage(typeof caches)", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
