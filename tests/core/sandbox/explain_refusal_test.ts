import { assertEquals, assertMatch } from "@std/assert";
import { makeProject, treatmentWith } from "../../project.ts";

Deno.test("a treatment of the project that imports a package is told that it cannot, each time it is called", async () => {
  for (
    const [imported, told] of [
      [
        "npm:no-such-package@1.2.3",
        /^It imports an npm package that is not in Deno's cache; only .*, and what myx\.lock pins .*: deno task add\b/,
      ],
      [
        "no-such-package",
        /^It imports "no-such-package", which names no file; only a treatment that was added from else/,
      ],
    ] as const
  ) {
    using project = makeProject({
      "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10" }] },
      ...treatmentWith("t", `import x from "${imported}";\nexport const run = x;\n`, { partition: ["file"] }),
      "datasets/d/00_raw/a.csv": "a\n",
      "datasets/d/00_raw/b.csv": "b\n",
    });
    const { steps: [step] } = await project.run("f", { jobs: 1 });
    assertEquals(step!.errors.length, 2);
    for (const { message } of step!.errors) assertMatch(message, told);
  }
});
