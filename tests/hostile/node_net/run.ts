import { connect } from "node:net";

export async function run(_input: string, output: string, { port }: { port: number }) {
  const stolen = await new Promise((resolve, reject) =>
    connect(port, "127.0.0.1", () => resolve("in")).on("error", reject)
  );
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
