/**
 * Compiles the kernels: `deno run -A core/kernels/build.ts`. The result is committed, so that users never build; a test
 * holds it equal to the sources.
 */
import asc from "assemblyscript/asc";

const SOURCES = new URL("./assembly/", import.meta.url);
/** Only a memory with a maximum can grow under those who look at it. */
const MEMORY = ["--maximumMemory", `${2 ** 16}`];
const OUTPUT = new URL("./kernels_wasm.ts", import.meta.url);

/** The text of `kernels_wasm.ts`, compiled from the sources. */
export async function build(): Promise<string> {
  const files = new Map<string, Uint8Array | string>();
  const { error, stderr } = await asc.main(
    ["index.ts", "--outFile", "kernels.wasm", "-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", ...MEMORY],
    {
      readFile(name: string) {
        try {
          return Deno.readTextFileSync(new URL(name, SOURCES));
        } catch {
          return null;
        }
      },
      writeFile: (name: string, content: Uint8Array | string) => void files.set(name, content),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`Cannot compile the kernels: ${stderr}`, { cause: error });
  const bytes = files.get("kernels.wasm") as Uint8Array<ArrayBuffer>;
  return `/** The kernels of \`assembly/\`, compiled by \`build.ts\`. */\nexport const KERNELS =\n  "${bytes.toBase64()}";\n`;
}

if (import.meta.main) Deno.writeTextFileSync(OUTPUT, await build());
