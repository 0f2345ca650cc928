import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { shown } from "../../../core/cli/output.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { type Ended, myx } from "./process.ts";

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const ESCAPES = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;
/** Paints red, moves the cursor as terminals of one byte a character do, and turns what follows around. */
const NAME = "A_\x1b[41mE\x9b2J\u202e_2026-01-20.csv";

Deno.test("shown() keeps line ends and, where there are any, our own colours, and no other sequence", () => {
  const text = "\x1b[31mError:\x1b[39m a\nb\x1b[2J\r\x1b]0;x\x07";
  assertEquals(shown(text, true), "\x1b[31mError:\x1b[39m a\nb\ufffd[2J\ufffd\ufffd]0;x\ufffd");
  assertEquals(shown(text, false), "\ufffd[31mError:\ufffd[39m a\nb\ufffd[2J\ufffd\ufffd]0;x\ufffd");
});

Deno.test("no name of a raw file and no flow moves the cursor of a terminal; --json has them as they are", async () => {
  const dir = makeTempDir("myx-test-output-");
  assertEquals((await myx(["init", "d"], dir)).code, 0);
  const raw = `${dir}/datasets/d/00_raw`;
  Deno.writeTextFileSync(`${raw}/${NAME}`, "2026-01-20T09:07:58Z;m0:10\n");
  Deno.writeFileSync(`${raw}/B_\x1b[41m_x_2026-01-20.csv`, Uint8Array.of(0xff, 0xfe, 0x32, 0));
  Deno.writeTextFileSync(`${dir}/flows/f.json`, JSON.stringify({ name: "f", steps: [], "\x9b2J\u202e": 1 }));
  const isClean = ({ stdout, stderr }: Ended) => assert(!ESCAPES.test(stdout + stderr), stdout + stderr);
  const planned = await myx(["flow", "d", "--step", "parse", "--dry-run"], dir);
  assertMatch(planned.stdout, /^parse {2}A_\ufffd\[41mE/m);
  isClean(planned);
  const ran = await myx(["flow", "d", "--step", "parse", "--json"], dir);
  assertEquals(ran.code, 1);
  assertEquals(JSON.parse(ran.stdout).steps[0].raw_files[0].file, NAME);
  assertStringIncludes(ran.stderr, "B_\ufffd[41m_x_2026-01-20.csv");
  isClean({ ...ran, stdout: "" });
  for (const args of [["logs"], ["status"], ["check"], ["flow", "f"]]) isClean(await myx(args, dir));
  assertStringIncludes((await myx(["logs", "--json"], dir)).stdout, "\u202e_2026-01-20.csv");
});
