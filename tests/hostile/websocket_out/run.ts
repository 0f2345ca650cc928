export async function run(_input: string, output: string, { port }: { port: number }) {
  const stolen = await new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.onopen = resolve;
    socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
  });
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
