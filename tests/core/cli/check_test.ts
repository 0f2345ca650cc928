import { assertEquals, assertMatch } from "@std/assert";
import { makeTempDir } from "../../temp_dir.ts";
import { myx, projectWith } from "./process.ts";

Deno.test("check ends with 2 and the reasons, if anything is not valid", async () => {
  const dir = projectWith("fine", "export function run() {}\n");
  const fine = await myx(["check"], dir);
  assertEquals([fine.code, fine.stderr], [0, ""], fine.stdout);
  assertMatch(fine.stdout, /^OK {5}treatment fine$/m);
  Deno.writeTextFileSync(`${dir}/flows/broken.json`, '{"name": "broken"}');
  const broken = await myx(["check"], dir);
  assertEquals(broken.code, 2);
  assertMatch(broken.stdout, /^ERROR {2}flow broken\n {7}Cannot use steps/m);
  assertMatch(broken.stdout, /^OK {5}flow fine$/m);
});

Deno.test("check reads the code of the project's own treatments, and runs none of it", async () => {
  const ran = makeTempDir();
  const dir = projectWith("broken", `export function run( {`);
  const whole = await myx(["check"], dir);
  assertEquals(whole.code, 2);
  assertMatch(whole.stdout, /^ERROR {2}treatment broken\n.+\n {7}"run.ts", line 1, column \d+: .*SyntaxError/m);
  // As it runs, it is no fault of the flow's.
  assertMatch(whole.stdout, /^OK {5}flow broken$/m);
  const write = (name: string, code: string) => Deno.writeTextFileSync(`${dir}/treatments/broken/${name}`, code);
  write("run.ts", `import "./lib.ts";\nDeno.mkdirSync("${ran}/made");\nexport function run() {}\n`);
  write("lib.ts", 'import type { Gone } from "./types.ts";\nimport { half } from "./half.ts";\nhalf({} as Gone);\n');
  const named = await myx(["check", "broken"], dir);
  assertEquals(named.code, 2);
  assertEquals(named.stdout.split("\n").slice(0, 3), [
    "ERROR  flow broken",
    '       Cannot load treatment "broken":',
    '       "lib.ts" imports "./half.ts", which is not there',
  ]);
  const imports = ["npm:ms@2.1.3", "https://example.org/x.ts", "lodash", "node:path", "@std/csv/parse", "myx"];
  write("half.ts", imports.map((name) => `import "${name}";\n`).join(""));
  const foreign = await myx(["check", "broken"], dir);
  assertEquals(foreign.stdout.split("\n").slice(2), [
    '       "half.ts" imports "npm:ms@2.1.3", and only a treatment that was added from elsewhere may import npm packages',
    '       "half.ts" imports "https://example.org/x.ts", and no treatment may import over the network',
    '       "half.ts" imports "lodash", which names no file',
    "",
  ]);
  write("half.ts", "export const half = (value: unknown) => value;\n");
  assertEquals(await myx(["check", "broken"], dir), { code: 0, stdout: "OK     flow broken\n", stderr: "" });
  assertEquals([...Deno.readDirSync(ran)], []);
  write("half.ts", 'export const half = (v: unknown) => import("./faster.ts").then(() => v, () => v);\n');
  assertEquals(await myx(["check", "broken"], dir), { code: 0, stdout: "OK     flow broken\n", stderr: "" });
  Deno.writeTextFileSync(`${dir}/treatments/shared.ts`, "export {};\n");
  write("half.ts", 'import "../shared.ts";\nexport const half = (value: unknown) => value;\n');
  const outside = (await myx(["check", "broken"], dir)).stdout;
  assertMatch(outside, /"half\.ts" imports "\.\.\/shared\.ts", which lies outside its folder/);
});
