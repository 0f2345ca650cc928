/** Packages as a registry of the test's gives them out, fetched into a cache of their own. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { makeTempDir } from "../../temp_dir.ts";
import { execute } from "./servers.ts";

Deno.test("fetchNpm() fetches what is pinned and nothing else, and says why it cannot", async () => {
  const dir = makeTempDir("myx-test-npm-");
  Deno.mkdirSync(`${dir}/package`);
  Deno.writeTextFileSync(`${dir}/package/package.json`, '{"name": "tiny", "version": "1.0.0"}');
  Deno.writeTextFileSync(`${dir}/package/index.js`, "module.exports = 1;\n");
  await execute("tar", ["czf", "tiny.tgz", "package"], dir);
  const packed = Deno.readFileSync(`${dir}/tiny.tgz`);
  const integrity = `sha512-${createHash("sha512").update(packed).digest("base64")}`;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response(packed));
  const fetchNpm = async (integrity: string) => {
    const pins = { specifiers: { "npm:tiny@1.0.0": "1.0.0" }, packages: { "tiny@1.0.0": { integrity } } };
    const code = `import { fetchNpm } from ${JSON.stringify(import.meta.resolve("../../../core/remote/npm.ts"))};
      await fetchNpm(${
      JSON.stringify(pins)
    }, ".").then(() => console.log("fetched"), ({ message }) => console.log(message));`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", code],
      cwd: dir,
      env: { NPM_CONFIG_REGISTRY: `http://127.0.0.1:${server.addr.port}`, DENO_DIR: `${dir}/deno`, NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  const failed = "Cannot fetch the packages npm:tiny@1.0.0: Failed caching npm package 'tiny@1.0.0': ";
  const other = `sha512-${createHash("sha512").update("other").digest("base64")}`;
  assertStringIncludes(await fetchNpm(other), `${failed}Tarball checksum did not match`);
  assertEquals(await fetchNpm(integrity), "fetched");
  await server.shutdown();
  Deno.removeSync(`${dir}/deno`, { recursive: true });
  assertStringIncludes(await fetchNpm(integrity), `${failed}error sending request for url (http://127.0.0.1`);
});
