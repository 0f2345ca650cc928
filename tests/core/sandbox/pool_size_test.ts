import { assertEquals } from "@std/assert";
import { makeProject, treatmentWith } from "../../project.ts";

/** A treatment that takes its time, and tells which process it runs in. */
function slow(ms: (file: string) => string) {
  const code = `
const process = crypto.randomUUID();
export async function run(_input, output, _params, { files: [file] }) {
  await new Promise((resolve) => setTimeout(resolve, (${ms("file")})));
  Deno.writeTextFileSync(output + "/" + file.name, process);
}`;
  return {
    ...treatmentWith("slow", code, { partition: ["file"] }),
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "slow", input: "00_raw", output: "10_out" }] },
  };
}

async function processes(project: ReturnType<typeof makeProject>, jobs: number): Promise<number> {
  const { steps: [step] } = await project.run("f", { jobs });
  assertEquals(step!.errors, []);
  return new Set(project.list("datasets/d/10_out").map((name) => project.read(`datasets/d/10_out/${name}`))).size;
}

Deno.test("calls that take long get as many children as they may have", async () => {
  const raw = Object.fromEntries([1, 2, 3, 4].map((i) => [`datasets/d/00_raw/${i}.csv`, "x"]));
  using long = makeProject({ ...slow(() => "600"), ...raw });
  assertEquals(await processes(long, 3), 3);
  using alone = makeProject({ ...slow(() => "600"), ...raw });
  assertEquals(await processes(alone, 1), 1);
});

Deno.test("a call that reads little does not wait for one that reads much", async () => {
  using project = makeProject({
    ...slow((file) => `${file}.size > 9 ? 2500 : 0`),
    "datasets/d/00_raw/1.csv": "x".repeat(2 ** 25),
    "datasets/d/00_raw/2.csv": "x",
  });
  assertEquals(await processes(project, 2), 2);
});
