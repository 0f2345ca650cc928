import { assertEquals } from "@std/assert";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";

/** A project of two steps, "one" and "two", that each write a file. */
function twoSteps() {
  const code = `export function run(_input, output) { Deno.writeTextFileSync(output + "/a.csv", "1"); }`;
  return makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [{ treatment: "one", input: "00_raw", output: "10_one" }, {
        treatment: "two",
        input: "10_one",
        output: "20_two",
      }],
    },
    ...treatmentWith("one", code),
    ...treatmentWith("two", code),
    "datasets/d/00_raw/a.csv": "1\n",
  });
}

Deno.test("a child of the next step that could not be started early is started later", async () => {
  using project = twoSteps();
  const { Command } = Deno;
  let refused = 0;
  Deno.Command = class extends Command {
    constructor(command: string | URL, options?: Deno.CommandOptions) {
      if (!refused && options?.args?.some((arg) => /^--allow-read=.*10_one/.test(arg))) {
        refused++;
        throw new Error("Resource temporarily unavailable");
      }
      super(command, options);
    }
  };
  try {
    const { steps } = await project.run("f");
    assertEquals([refused, ...steps.map(({ status }) => status)], [1, "success", "success"]);
  } finally {
    Deno.Command = Command;
  }
});

Deno.test("a step's children that cannot be cleared away while the next one works do not end the run", async () => {
  using project = twoSteps();
  const { removeSync } = Deno;
  let refused = 0;
  Deno.removeSync = (path, options) => {
    // Twice: the second attempt is one at rights.
    if (/\/children-[0-9a-f]+$/.test(String(path)) && refused < 2) throw new Error(`Busy, ${++refused}`);
    removeSync(path, options);
  };
  try {
    const { steps } = await project.run("f");
    assertEquals([refused, ...steps.map(({ status }) => status)], [2, "success", "success"]);
  } finally {
    Deno.removeSync = removeSync;
  }
});

Deno.test("files of a call that failed are tried side by side", async () => {
  // A treatment that works on the first file until it is told that another one is done.
  const code = `
export async function run(input, _output, _params, context) {
  if (context.about) throw new Error("not together");
  if (context.files[0].name !== "a.csv") return;
  while (![...Deno.readDirSync(input)].some(({ name }) => name === "go.txt")) await new Promise((go) => setTimeout(go, 20));
}`;
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] },
    ...treatmentWith("t", code, { partition: ["file"], pack: true, permissions: { time_s: 20 } }),
    ...Object.fromEntries(["a", "b", "c"].map((name) => [`datasets/d/00_raw/${name}.csv`, kvLines([])])),
  });
  const { steps } = await project.run("f", {
    jobs: 2,
    onEvent: (event) => {
      if (event.type === "progress" && event.done >= 1) project.write({ "datasets/d/00_raw/go.txt": "" });
    },
  });
  assertEquals(steps[0]!.errors, []);
});

Deno.test("where there is much to read, more children than one are started before any of it is", async () => {
  for (const [size, count] of [[10, 1], [100 * 2 ** 20, 2]] as const) {
    using project = makeProject({
      "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] },
      ...treatmentWith("t", "export function run() {}", { partition: ["file"] }),
      "datasets/d/00_raw/1.csv": "x",
      "datasets/d/00_raw/2.csv": "x",
    });
    for (const name of ["1.csv", "2.csv"]) Deno.truncateSync(`${project.dir}/datasets/d/00_raw/${name}`, size); // Of holes.
    const { Command, openSync } = Deno;
    let [started, before] = [0, NaN];
    Deno.Command = class extends Command {
      constructor(command: string | URL, options?: Deno.CommandOptions) {
        super(command, options);
        if (options?.args?.some((arg) => arg.endsWith("host.ts"))) started++;
      }
    };
    Deno.openSync = (path, options) => {
      if (String(path).includes("/00_raw/") && Number.isNaN(before)) before = started;
      return openSync(path, options);
    };
    try {
      await project.run("f", { jobs: 2 });
    } finally {
      Object.assign(Deno, { Command, openSync });
    }
    assertEquals(before, count);
  }
});

Deno.test("what changes in a treatment while the steps before it work is not taken for what ran", async () => {
  using project = twoSteps();
  const path = "treatments/two/treatment.json";
  const declared = JSON.parse(project.read(path));
  await project.run("f", {
    onEvent: (event) => {
      if (event.type !== "step" || event.step !== "one") return;
      project.write({ [path]: { ...declared, permissions: { env: ["HOME"] } } });
    },
  });
  assertEquals((await project.run("f", { last: true })).steps.map(({ partitions }) => partitions.computed), [0, 1]);
});
