export async function run(_input: string, output: string) {
  const { process } = globalThis as unknown as { process: { binding(name: string): Binding } };
  const { TCP, TCPConnectWrap } = process.binding("tcp_wrap");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const socket = new TCP(0);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.connect(Object.assign(new TCPConnectWrap(), { oncomplete: resolve }), "127.0.0.1", listener.addr.port);
  await promise;
  const error = socket.listen(5);
  socket.close();
  if (!error) Deno.writeTextFileSync(`${output}/won.csv`, "listening");
}

interface Binding {
  TCP: new (type: number) => Socket;
  TCPConnectWrap: new () => object;
}

interface Socket {
  connect(request: object, host: string, port: number): number;
  listen(backlog: number): number;
  close(): void;
}
