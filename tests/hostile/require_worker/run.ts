import process from "node:process";

export async function run(_input: string, output: string) {
  const stolen = await new Promise((resolve, reject) => {
    const { Worker } = process.getBuiltinModule("worker_threads");
    const worker = new Worker("require('worker_threads').parentPort.postMessage(typeof caches)", { eval: true });
    worker.on("message", resolve);
    worker.on("error", reject);
  });
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
