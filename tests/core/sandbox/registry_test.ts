import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { execute } from "../remote/servers.ts";
import { makeTempDir } from "../../temp_dir.ts";

const HOME: string = fromFileUrl(import.meta.resolve("../../../"));

Deno.test("children find packages that were fetched from a registry other than npm's own", async () => {
  const dir = makeTempDir("myx-test-registry-");
  try {
    // A cache as it is after everything was fetched from a mirror; nobody is asked for anything.
    Deno.mkdirSync(`${dir}/deno/npm`, { recursive: true });
    await execute("cp", ["-r", await npmCache(), `${dir}/deno/npm/mirror.example.org`]);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "-A",
        "--cached-only",
        `${HOME}main.ts`,
        "run",
        "simulate",
        "--output",
        "out",
        "--params",
        '{"devices": 1, "days": 1, "rate_hz": 0.01}',
      ],
      cwd: dir,
      env: { DENO_DIR: `${dir}/deno`, NPM_CONFIG_REGISTRY: "https://mirror.example.org/" },
      stdin: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

/** Where Deno keeps packages of npm's own registry. */
async function npmCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return `${JSON.parse(new TextDecoder().decode(stdout)).npmCache}/registry.npmjs.org`;
}
