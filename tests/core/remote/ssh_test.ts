/** `git+ssh` against a real server: who is there, who may come in, and that nothing is needed of it afterwards. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parseRemoteUrl } from "../../../core/contract/remote_url.ts";
import { openGit } from "../../../core/remote/git.ts";
import { LIMITS } from "../../../core/remote/limits.ts";
import { makeRemoteProject, makeRepository, shout } from "./remote_project.ts";
import { serveSsh, whyNoSshd } from "./ssh_server.ts";
import { makeTempDir } from "../../temp_dir.ts";

const reason = whyNoSshd();
if (reason !== undefined) console.error(`NOT TESTED: git+ssh, because ${reason}`);

Deno.test(
  { name: "add takes a treatment over ssh, and flows run it without the server", ignore: !!reason },
  async () => {
    const root = makeTempDir("myx-test-ssh-");
    const repository = await makeRepository(`${root}/lab.git`, shout("shout/"));
    await using server = await serveSsh(`${root}/ssh`);
    const path = `${server.bin}:${Deno.env.get("PATH")}`;
    using project = makeRemoteProject(undefined, { PATH: path });
    const url = `git+ssh://${server.host}${root}/lab.git@v1#shout`;

    const unknown = await project.myx("add", url, "--yes");
    assertEquals(unknown.code, 1);
    assertStringIncludes(unknown.stderr, "ssh does not know the server's host key");
    const [user, port] = server.host.split("@127.0.0.1:");
    assertStringIncludes(unknown.stderr, `connect to it once: ssh -p ${port} ${user}@127.0.0.1\n`);

    server.know(await server.makeKey());
    const other = await project.myx("add", url, "--yes");
    assertEquals(other.code, 1);
    assertStringIncludes(other.stderr, "host key is not the one that ssh knows");
    assertEquals([...Deno.readDirSync(`${project.dir}/.myx/cache`)].length, 0);

    server.know();
    const added = await project.myx("add", url, "--yes");
    assertEquals(added.code, 0, added.stderr);
    assertEquals(project.lock().treatments.shout!.commit, repository.first);
    assertStringIncludes((await project.myx("update", "shout")).stderr, "shout is up-to-date");

    await server[Symbol.asyncDispose]();
    const run = await project.myx("flow", "f");
    assertEquals(run.code, 0, run.stderr);
    assertEquals(project.read("datasets/d/10_out/out.csv"), "ONE\nTWO\n");
    Deno.removeSync(root, { recursive: true });
  },
);

Deno.test({ name: "add says that a server asks for a key that it did not get", ignore: !!reason }, async () => {
  const root = makeTempDir("myx-test-ssh-");
  await makeRepository(`${root}/lab.git`, shout("shout/"));
  await using server = await serveSsh(`${root}/ssh`);
  server.know();
  Deno.writeTextFileSync(`${root}/ssh/authorized_keys`, "");
  using project = makeRemoteProject(undefined, { PATH: `${server.bin}:${Deno.env.get("PATH")}` });
  const { code, stderr } = await project.myx("add", `git+ssh://${server.host}${root}/lab.git@v1#shout`, "--yes");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "it needs a login");
  Deno.removeSync(root, { recursive: true });
});

Deno.test(
  { name: "a fetch ends in time where the server says nothing, and ssh waits on", ignore: !!reason },
  async () => {
    const scratch = makeTempDir();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const sockets: Deno.Conn[] = [];
    const serving = (async () => {
      for await (const socket of listener) sockets.push(socket);
    })();
    const url = parseRemoteUrl(`git+ssh://lab@127.0.0.1:${listener.addr.port}/lab.git#shout`);
    if (url.kind !== "git") throw new Error("no git URL");
    const start = performance.now();
    const limits = { ...LIMITS, seconds: 1 };
    await assertRejects(() => openGit(url, { scratch, limits }), Error, "git was stopped: it took longer than 1 s");
    assert(performance.now() - start < 15_000);
    for (const open of [...sockets, listener]) open.close();
    await serving;
  },
);
