import { assertEquals } from "@std/assert";
import { childArgs, childEnv } from "../../../core/sandbox/grants.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("a child asks the network for nothing, not even whether there is a newer Deno", async () => {
  const dir = makeTempDir();
  const grants = { read: [`${dir}/read`], write: `${dir}/write`, net: [], env: [], memoryMb: 512 };
  for (const folder of ["read", "write", "cache"]) Deno.mkdirSync(`${dir}/${folder}`);
  // A Deno of a new cache has not asked yet, so it asks soon, by the proxy that it is told of.
  const { stdout } = await new Deno.Command("deno", { args: ["info", "--json"] }).output();
  Deno.symlinkSync(JSON.parse(new TextDecoder().decode(stdout)).npmCache, `${dir}/cache/npm`);
  const asks = async (env: Record<string, string>) => {
    using proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using child = new Deno.Command("deno", {
      args: childArgs(grants),
      clearEnv: true,
      env: { ...env, DENO_DIR: `${dir}/cache`, HTTPS_PROXY: `http://127.0.0.1:${proxy.addr.port}` },
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const asked = proxy.accept().then((connection) => connection.close()).then(() => true, () => false);
    const quiet = new Promise<false>((resolve) => setTimeout(resolve, 1500, false));
    const result = await Promise.race([asked, quiet]);
    child.kill("SIGKILL");
    return result;
  };
  const env = childEnv(grants);
  assertEquals(await asks(env), false);
  delete env.DENO_NO_UPDATE_CHECK;
  assertEquals(await asks(env), true);
});
