import { assert } from "@std/assert";
import { build } from "../../../core/kernels/build.ts";
import { KERNELS } from "../../../core/kernels/kernels_wasm.ts";

Deno.test("the committed kernels are what their sources give", async () => {
  assert((await build()).includes(`"${KERNELS}"`), "Build them: deno run -A core/kernels/build.ts");
});
