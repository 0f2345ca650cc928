/** Repositories that are too large. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeRemoteProject, makeRepository, shout } from "../core/remote/remote_project.ts";
import { serveGit } from "../core/remote/servers.ts";
import { makeTempDir } from "../temp_dir.ts";

Deno.test("add bounds a repository of 128 MB: stopped, or its big files left on the server", async () => {
  const root = makeTempDir();
  const dir = `${root}/lab.git`;
  const block = new Uint8Array(65536);
  crypto.getRandomValues(block);
  const big = new Uint8Array(128 * 2 ** 20);
  for (let at = 0; at < big.length; at += block.length) {
    big.set(block, at);
    new DataView(big.buffer).setUint32(at, at); // no two blocks are equal
    for (let i = at + 4; i < at + 65532; i += 32) big[i] = (big[i]! + at / 65536) & 255;
  }
  const repository = await makeRepository(dir, {
    ...shout("shout/"),
    "big.bin": big,
    "shout/data.bin": big.subarray(0, 20 * 2 ** 20),
  });
  await using server = await serveGit(root);
  using project = makeRemoteProject(server);
  const url = `git+https://${server.host}/lab.git@v1#shout`;
  const stopped = await project.myx("add", url, "--yes");
  assertEquals(stopped.code, 1, stopped.stderr);
  assertStringIncludes(stopped.stderr, "git was stopped: the repository is larger than 64 MiB");
  assertEquals([...Deno.readDirSync(`${project.dir}/.myx/cache`)].length, 0, "nothing of it is left");

  await repository.git("config", "uploadpack.allowFilter", "true");
  const tooBig = await project.myx("add", url, "--yes");
  assertStringIncludes(tooBig.stderr, `Cannot use "shout/data.bin" of ${url}: it is larger than 16 MiB`);
  Deno.removeSync(`${dir}/shout/data.bin`);
  await repository.commit({}, "v2");
  const { code, stderr } = await project.myx("add", url.replace("@v1", "@v2"), "--yes");
  assertEquals(code, 0, stderr);
  Deno.removeSync(root, { recursive: true });
});
