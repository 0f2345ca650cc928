/**
 * Builds the binary with `deno` itself in place of the runtime that Deno downloads: what comes out does not start as myx,
 * but holds all that the real one would, and says so.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { compileArgs } from "../../../core/standalone/compile.ts";
import { readBinary } from "./read_binary.ts";
import { makeTempDir } from "../../temp_dir.ts";

/** What stands in these folders is embedded... */
const EMBEDDED = ["core", "treatments", "flows", "deno.json", "deno.lock"];
/** ... but for programs that build parts of it, and what is no TypeScript. */
const PROGRAM = /^if \(import\.meta\.main\)/m;
const ASSEMBLY = "core/kernels/assembly/";
const HOME: string = fromFileUrl(import.meta.resolve("../../../"));

async function compile(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["task", "-q", "compile", ...args],
    cwd: HOME,
    env: { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: text(stdout) + text(stderr) };
}

Deno.test("deno task compile builds a binary that holds all that myx needs, and may do no more than it needs", async (t) => {
  const dir = makeTempDir();
  try {
    const { code, said } = await compile("--output", `${dir}/myx`, "--target", "aarch64-unknown-linux-gnu");
    assertEquals(code, 0, said);
    const { files, metadata } = readBinary(`${dir}/myx`);

    await t.step("every file of myx is in it, whole", () => {
      for (const path of wanted()) assertEquals(files.get(path)?.size, Deno.statSync(HOME + path).size, path);
      assert(files.has("flows/valvometry_daily.json"));
    });

    await t.step("every module of it is ready to run", () => {
      for (const path of wanted().filter((path) => path.endsWith(".ts"))) {
        assert(files.get(path)?.transpiled || isTypes(path), `"${path}" is text only`);
      }
    });

    await t.step("every package that it imports is in it", () => {
      const { imports } = JSON.parse(Deno.readTextFileSync(`${HOME}deno.json`));
      const sources = wanted().filter((path) => path.endsWith(".ts"))
        .map((path) => Deno.readTextFileSync(HOME + path)).join("\n");
      for (const [alias, target] of Object.entries(imports as Record<string, string>)) {
        const [, name, version] = /^npm:(.+)@(\d+\.\d+\.\d+)/.exec(target) ?? [];
        if (name === undefined || !sources.includes(`"${alias}"`)) continue;
        const folder = `${PACKAGES}${name}/${version}/package.json`;
        assert(files.has(folder), `the package ${name} is missing`);
      }
      for (const path of [/deno-std\/[^/]+\/path\/mod\.js$/, /pglite\/[^/]+\/dist\/pglite\.(?:wasm|data)$/]) {
        assert([...files.keys()].some((name) => path.test(name)), `${path} is missing`);
      }
    });

    await t.step("no tool is in it, and no package of one", () => {
      const others = new Set(wanted());
      const tools = EMBEDDED.flatMap(filesOf).filter((path) => !others.has(path));
      assert(tools.includes("core/standalone/compile.ts"));
      for (const path of tools) assert(!files.has(path), `"${path}" is in it`);
      for (const name of ["fast-check", "assemblyscript", "binaryen"]) {
        assert(![...files.keys()].some((path) => path.startsWith(`${PACKAGES}${name}/`)), `${name} is in it`);
      }
    });

    await t.step("its permissions are those of a project in the current folder", () => {
      // What is denied counts, whatever Deno allows by default.
      const { allow_import: _, ...permissions } = metadata.permissions;
      assertEquals(permissions, {
        allow_read: ["."],
        allow_write: ["datasets", "flows", "treatments", "deno.json", "myx.log", "myx.log.1", "myx.lock", ".myx"],
        allow_run: ["deno", "git", "setpriv", "bwrap", "/proc/self/exe"],
        allow_env: [],
        allow_net: [],
        allow_sys: ["hostname"],
        deny_ffi: [],
        deny_import: [],
        prompt: false,
      });
    });

    await t.step("Deno in it says nothing but errors, such as that a program it may start is not there", () => {
      assertEquals(metadata.log_level, "ERROR");
    });

    await t.step(
      "it starts main.ts with Workers, a heap limit, its own import map, no arguments and no cache that others may write",
      () => {
        assertEquals(metadata.entrypoint_key, "main.ts");
        assertEquals(metadata.argv, []);
        assertEquals(metadata.code_cache_key, null);
        assertEquals(metadata.unstable_config.features, ["worker-options"]);
        const flags = metadata.v8_flags.filter((flag) => /expose-gc|max-old-space/.test(flag));
        assertEquals(flags, ["--expose-gc", "--max-old-space-size=2048"]);
        assertEquals(JSON.parse(metadata.workspace_resolver.import_map.json).imports.myx, "./core/mod.ts");
      },
    );
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("deno task compile takes no flag that could grant more", async () => {
  for (const flag of ["-A", "--allow-read", "--include=/etc/passwd"]) {
    const { code, said } = await compile(flag);
    assertEquals(code, 2);
    assertStringIncludes(said, "Cannot compile with");
  }
});

Deno.test("compileArgs() names a target only where one is given", () => {
  assert(!compileArgs({ output: "myx" }).some((word) => word.startsWith("--target")));
  const words = compileArgs({ output: "/tmp/m", target: "aarch64-unknown-linux-gnu" });
  assertEquals(words.filter((word) => /^--(target|output)/.test(word)), [
    "--output=/tmp/m",
    "--target=aarch64-unknown-linux-gnu",
  ]);
});

const PACKAGES = ".deno_compile_node_modules/localhost/";

/** Modules of types alone are empty as programs. */
function isTypes(path: string): boolean {
  return path.endsWith(".d.ts");
}

/** The files that the binary needs. */
function wanted(): string[] {
  const isTool = (path: string) =>
    path.startsWith(ASSEMBLY) || (path.endsWith(".ts") && PROGRAM.test(Deno.readTextFileSync(HOME + path)));
  return ["main.ts", ...EMBEDDED.flatMap(filesOf).filter((path) => !isTool(path))];
}

function filesOf(path: string): string[] {
  if (Deno.statSync(HOME + path).isFile) return [path];
  return [...Deno.readDirSync(HOME + path)].flatMap(({ name }) => filesOf(`${path}/${name}`));
}
