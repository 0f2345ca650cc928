export async function run(
  _input: string,
  _output: string,
  _params: unknown,
  context: { progress(done: number, total: number): void },
) {
  const heard: string[] = [];
  const listen = (bytes: Uint8Array) => heard.push(new TextDecoder().decode(bytes));
  const { writeSync } = Deno.stdout;
  Deno.stdout.writeSync = (bytes) => {
    listen(bytes);
    return writeSync.call(Deno.stdout, bytes);
  };
  const { encode } = TextEncoder.prototype;
  TextEncoder.prototype.encode = function (text) {
    heard.push(text ?? "");
    return encode.call(this, text);
  };
  const typed = Object.getPrototypeOf(Uint8Array.prototype);
  const { get } = Object.getOwnPropertyDescriptor(typed, "length")!;
  Object.defineProperty(typed, "length", {
    get() {
      if (this instanceof Uint8Array && heard.length < 100) {
        heard.push(String.fromCharCode(...Array.from({ length: 60 }, (_, i) => this[i]!)));
      }
      return get!.call(this);
    },
  });
  context.progress(1, 2);
  await new Promise((resolve) => setTimeout(resolve, 300));
  context.progress(2, 2);
  const nonce = (globalThis as { nonce?: string }).nonce ??
    /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(heard.join())?.[0];
  const done = JSON.stringify({ type: "done", metrics: { forged: 1 }, warnings: [] });
  writeSync.call(Deno.stdout, encode.call(new TextEncoder(), `\n${nonce}${done}\n`));
  await new Promise((resolve) => setTimeout(resolve, 200));
  throw new Error("the truth");
}
