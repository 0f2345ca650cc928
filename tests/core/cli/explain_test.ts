/** What errors tell: of rights that are missing, and commands that work where they are printed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { asCalled, DENO, denoCall } from "../../../core/cli/deno_call.ts";
import { explain } from "../../../core/cli/explain.ts";
import { DENO_RUN } from "../../deno_run.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { deno, end, type Ended, HOME } from "./process.ts";

Deno.test("a missing permission is explained, and the command printed works", async () => {
  const dir = makeTempDir("myx a'b ");
  Deno.mkdirSync(`${dir}/usb`);
  Deno.writeTextFileSync(`${dir}/usb/a_2026-01-20.csv`, "2026-01-20T00:00:00Z;m0:1\n");
  Deno.mkdirSync(`${dir}/lab`);
  const args = [
    ...DENO_RUN,
    `${HOME}/main.ts`,
    "init",
    "mussels",
    "--raw",
    "../usb",
  ];
  const refused = await deno(args, `${dir}/lab`);
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    `Deno was started without that permission\nThis command has it:\n  ${DENO} run `,
  );
  assertEquals((await paste(refused.stderr, `${dir}/lab`)).code, 0);
  assertEquals([...Deno.readDirSync(`${dir}/lab/datasets/mussels/00_raw`)].length, 1);
});

/** Pastes the command that an error prints into a shell in `cwd`. */
async function paste(stderr: string, cwd: string): Promise<Ended & { readonly command: string }> {
  const command = /has it:\n {2}(.*)\n$/.exec(stderr)![1]!.replace(DENO, "deno");
  const path = `${Deno.execPath().replace(/[/\\][^/\\]+$/, "")}:${Deno.env.get("PATH")}`;
  const env = { PATH: path, NO_COLOR: "1", INIT_CWD: cwd };
  return { command, ...await end(new Deno.Command("sh", { args: ["-c", command], cwd, env })) };
}

Deno.test("the command printed for a missing permission goes to the project first, if the user is elsewhere", async () => {
  const dir = makeTempDir();
  Deno.mkdirSync(`${dir}/lab/in`, { recursive: true });
  Deno.writeTextFileSync(`${dir}/lab/in/a.csv`, "2026-01-20T00:00:00Z;m0:1\n");
  const args = [
    ...DENO_RUN,
    "--allow-env",
    `${HOME}/main.ts`,
    "run",
    "parse",
    "--input",
    "in",
  ];
  const env = { NO_COLOR: "1", INIT_CWD: dir };
  const refused = await end(
    new Deno.Command(Deno.execPath(), { args: [...args, "--output", "made/out"], cwd: `${dir}/lab`, env }),
  );
  const again = await paste(refused.stderr, dir);
  assert(again.command.startsWith(`cd ${dir}/lab && deno run`), again.command);
  assertStringIncludes(again.command, ",made/out,made/.myx ");
  assertEquals([again.code, [...Deno.readDirSync(`${dir}/lab/made/out`)].length], [0, 1], again.stderr);
  // Nothing else of the project may be written.
  assert(!/--allow-write=\S*(=|,)\.?(,| )/.test(again.command), again.command);
});

Deno.test("explain() says which file the system keeps from a user, which disk is full or fails, and that a Deno is too old", () => {
  const said: string[] = [];
  const { writeSync } = Deno.stderr;
  const { version } = Deno;
  Deno.stderr.writeSync = (bytes) => said.push(new TextDecoder().decode(bytes)) && bytes.length;
  try {
    explain(new ReferenceError("a is not defined"), []);
    Object.defineProperty(Deno, "version", { value: { ...version, deno: "2.5.6" }, configurable: true });
    explain(new ReferenceError("b is not defined"), []);
    for (const what of ["readfile '/lab/flows/it's.json'", "rename '/lab/.a.part' -> '/lab/a'"]) {
      const denied = new Deno.errors.PermissionDenied(`Permission denied (os error 13): ${what}`);
      assertEquals(explain(denied, ["status"]), 1);
    }
    for (
      const fault of [
        "No space left on device (os error 28): open '/lab/.myx/cache/a'",
        "Stale file handle (os error 116): remove '/lab/.myx/cache/b'",
        "Input/output error (os error 5): readdir '/lab/flows'",
      ]
    ) explain(new Error(fault), ["add"]);
  } finally {
    Deno.stderr.writeSync = writeSync;
    Object.defineProperty(Deno, "version", { value: version, configurable: true });
  }
  assertStringIncludes(said.join(""), "a is not defined\nRun again with --debug to see where it came from\n");
  assertStringIncludes(said.join(""), "b is not defined\nThis is Deno 2.5.6, and myx needs Deno 2.9 or later\n");
  assertStringIncludes(
    said.join(""),
    `Cannot open "/lab/flows/it's.json": the system does not let this user\nAsk its owner`,
  );
  assertStringIncludes(said.join(""), 'Cannot open "/lab/a": the system');
  assertStringIncludes(
    said.join(""),
    'Cannot use "/lab/.myx/cache/a": No space left on device (os error 28)\nFree some',
  );
  assertStringIncludes(said.join(""), 'Cannot use "/lab/.myx/cache/b": Stale file handle (os error 116)\nCheck');
  assertStringIncludes(said.join(""), 'Cannot use "/lab/flows": Input/output error (os error 5)\nCheck the disk');
});

Deno.test("asCalled() puts npx before the tasks that messages name, where only npx knows Deno", () => {
  const text = 'Look at what changed: deno task update\nSee "npx --yes deno task myx --help"';
  const npx = 'Look at what changed: npx --yes deno task update\nSee "npx --yes deno task myx --help"';
  assertEquals([asCalled(text, "npx --yes deno"), asCalled(text, "deno")], [npx, text]);
  const prose = "under deno task that is the project's";
  assertEquals(asCalled(prose, "npx --yes deno"), prose);
});

Deno.test("denoCall() has npx call a Deno that only npx knows", () => {
  assertEquals(denoCall("/home/lab/.npm/_npx/05b6ef7b13673c57/node_modules/deno/deno"), "npx --yes deno");
  assertEquals(
    denoCall("C:\\Users\\a\\AppData\\npm-cache\\_npx\\05b6\\node_modules\\deno\\deno.exe"),
    "npx --yes deno",
  );
  assertEquals(denoCall("/usr/local/bin/deno"), "deno");
});
