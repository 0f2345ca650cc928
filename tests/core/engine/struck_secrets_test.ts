import { assert, assertEquals } from "@std/assert";
import { formsOf } from "../../../core/sandbox/strike_out.ts";
import { strikeRejects } from "../../../core/engine/strike_rejects.ts";
import { makeProject, treatmentWith } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";

const LITERAL = 'pass"w/rd 1';
const VARIABLE = "MYX_TEST_STRUCK_SECRET";
const VALUE = "hunter2";

/** What a treatment does with what it is told; the file's name says which. */
const CODE = `
export function run(input, output, params, context) {
  const { password, database: { url } } = params;
  const all = password + " " + encodeURIComponent(password) + " " + JSON.stringify({ url });
  const [file] = context.files;
  if (file.name === "throws.csv") throw new Error("login failed with " + all);
  if (file.name === "dies.csv") {
    console.error("filler\\n".repeat(2000) + "login failed with " + all);
    Deno.exit(1);
  }
  context.warn("login with " + all);
  context.metric("login " + all, 1);
  context.reject({ file: file.name, line: 1, reason: "login " + all, text: "abc " + all });
  Deno.writeTextFileSync(output + "/" + file.name, "a\\n");
}
`;

Deno.test("what a treatment says of secrets is struck out before it is printed, logged or kept", async () => {
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      params: { password: LITERAL, database: { url: `pg://ann:{env:${VARIABLE}}@db` } },
      steps: [{ treatment: "t", input: "00_raw", output: "10" }],
    },
    ...treatmentWith("t", CODE, {
      partition: ["file"],
      params: { password: { type: "string", secret: true }, database: { type: "object" } },
    }),
    "datasets/d/00_raw/throws.csv": "a\n",
    "datasets/d/00_raw/dies.csv": "a\n",
    "datasets/d/00_raw/says.csv": "a\n",
  });
  Deno.env.set(VARIABLE, VALUE);
  try {
    const told: string[] = [];
    const onEvent = (event: unknown) => void told.push(JSON.stringify(event));
    const report = await project.run("f", { jobs: 1, debug: true, onEvent });
    const struck = '*** *** {"url":"pg://ann:***@db"}';
    const [{ errors, warnings, metrics }] = report.steps as [typeof report.steps[number]];
    const [dead, thrown] = errors.map(({ message }) => message).sort();
    assertEquals(
      dead,
      `Its process ended with code 1 before it was done: filler | filler | login failed with ${struck}`,
    );
    assertEquals(thrown, `login failed with ${struck}`);
    assertEquals(warnings, [`says.csv: login with ${struck}`]);
    assertEquals(metrics, { [`login ${struck}`]: 1, [`reject:login ${struck}`]: 1 });
    const reject = JSON.parse(project.read("datasets/d/10/_rejects/says.csv.jsonl"));
    assertEquals(reject, {
      file: "says.csv",
      line: 1,
      reason: `login ${struck}`,
      text: `abc ${struck}`,
    });
    const kept = [
      "myx.log",
      ...[...Deno.readDirSync(`${project.dir}/datasets/d/.myx`)].filter(({ isFile }) => isFile)
        .map(({ name }) => `datasets/d/.myx/${name}`),
    ].map((path) => latin(`${project.dir}/${path}`));
    for (const text of [JSON.stringify(report), ...told, ...kept]) {
      for (const form of formsOf([LITERAL, VALUE])) assert(!text.includes(form), `${form} in ${text.slice(0, 2000)}`);
    }
  } finally {
    Deno.env.delete(VARIABLE);
  }
});

Deno.test("strikeRejects() finds secrets wherever a file is cut into pieces, and leaves all else as it is", () => {
  const dir = makeTempDir();
  for (const front of [0, 1, 2 ** 16 - 8, 2 ** 16 - 7, 2 ** 16 - 3, 2 ** 16, 2 ** 17 - 2]) {
    const [before, after] = ["x".repeat(front), `${"\u{1f41a}".repeat(20_000)}\nend`];
    const path = `${dir}/${front}`;
    Deno.writeTextFileSync(path, `${before}${VALUE}${after}${VALUE}`);
    const { size } = Deno.lstatSync(path);
    const struck = strikeRejects(new Map([["a", { path, size }]]), [VALUE]).get("a")!;
    assertEquals(Deno.readTextFileSync(struck.path), `${before}***${after}***`);
    assertEquals(struck.size, Deno.lstatSync(struck.path).size);
  }
  const same = new Map([["a", { path: "/nowhere", size: 1 }]]);
  assertEquals(strikeRejects(same, ["abc"]), same);
});

function latin(path: string): string {
  return new TextDecoder("latin1").decode(Deno.readFileSync(path));
}
