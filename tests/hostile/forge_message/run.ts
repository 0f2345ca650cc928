export async function run() {
  const done = JSON.stringify({ type: "done", metrics: { forged: 1 }, warnings: [] });
  const nonce = (globalThis as { nonce?: string }).nonce ?? crypto.randomUUID();
  for (const before of ["", nonce]) Deno.stdout.writeSync(new TextEncoder().encode(`\n${before}${done}\n`));
  await new Promise((resolve) => setTimeout(resolve, 200));
  throw new Error("the truth");
}
