/** What a git server or repository may try: each is refused or has no effect, and is said clearly. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeRemoteProject, makeRepository, say, shout } from "./remote_project.ts";
import { execute, serveGit, serveHttps } from "./servers.ts";
import { makeTempDir } from "../../temp_dir.ts";

const LFS_POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12345\n`;

Deno.test("add ignores links, submodules, hooks and filters of a repository, and says so", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const other = await makeRepository(`${project.outside}/other`, { "x.ts": "export {}\n" });
  const proof = `${project.outside}/proof`;
  const repository = await makeRepository(dir, {
    ...shout("shout/"),
    ".gitattributes": "*.ts filter=evil text eol=crlf\n",
    ".gitmodules": `[submodule "sub"]\n\tpath = shout/sub\n\turl = ../other\n\tupdate = !touch ${proof}\n`,
    "deno.json": { imports: { myx: "./evil.ts" } },
    "package.json": { scripts: { postinstall: `touch ${proof}` } },
  });
  for (const hook of ["post-checkout", "post-merge", "reference-transaction", "post-index-change"]) {
    Deno.writeTextFileSync(`${dir}/.git/hooks/${hook}`, `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
    Deno.writeTextFileSync(`${dir}/${hook}`, `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
  }
  Deno.removeSync(`${dir}/.git/hooks/reference-transaction`);
  Deno.writeTextFileSync(`${dir}/shout/model.bin`, LFS_POINTER);
  Deno.symlinkSync("/etc/passwd", `${dir}/shout/passwd`);
  await execute("git", ["update-index", "--add", "--cacheinfo", `160000,${other.first},shout/sub`], dir);
  Deno.removeSync(`${dir}/.git/hooks/post-index-change`);
  await repository.commit({}, "v1");
  try {
    Deno.removeSync(proof); // Whatever the making of the repository did.
  } catch { /* Nothing. */ }

  const { code, stderr } = await project.myx("add", `git+file://${dir}@v1#shout`, "--yes");
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, 'Ignored symbolic links: "shout/passwd"');
  assertStringIncludes(stderr, 'Only pointers, because nothing is fetched from Git LFS: "shout/model.bin"\n');
  assertEquals(project.lock().treatments.shout!.files["shout/passwd"], undefined);
  assertEquals(
    project.read(`.myx/cache/${Deno.realPathSync(project.cached("shout/run.ts")).split("/").at(-1)}/shout/run.ts`)
      .includes("\r"),
    false,
  );
  let ran = true;
  try {
    Deno.statSync(proof);
  } catch {
    ran = false;
  }
  assertEquals(ran, false, "something of the repository was run");
});

Deno.test("add refuses a treatment that lies behind a link or in a submodule, or imports what does", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const other = await makeRepository(`${project.outside}/other`, { "x.ts": "export {}\n" });
  await makeRepository(dir, {
    ...shout("real/"),
    ...shout("linking/", {}, say("text", 'import "./linked.ts";')),
    ...shout("digging/", {}, say("text", 'import "../sub/x.ts";')),
    ...shout("climbing/", {}, say("text", 'import "../../../../etc/passwd";')),
    ...shout("reading/", {}, say("text", 'import x from "/etc/passwd" with { type: "text" };')),
    ...shout("pointing/", {}, LFS_POINTER),
  });
  Deno.symlinkSync("real", `${dir}/alias`);
  Deno.symlinkSync("/etc/passwd", `${dir}/linking/linked.ts`);
  await execute("git", ["update-index", "--add", "--cacheinfo", `160000,${other.first},sub`], dir);
  await execute("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "add", "alias", "linking"], dir);
  await execute("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x"], dir);
  for (
    const [path, message] of [
      ["alias", 'lies behind the symbolic link "alias"'],
      ["linking", '"linking/linked.ts" of git+file://'],
      ["digging", 'lies in the submodule "sub", which is not fetched'],
      ["climbing", 'imports "../../../../etc/passwd", which lies outside its repository or site'],
      ["reading", 'it imports "/etc/passwd"'],
      ["pointing", "it lies in Git LFS, from where nothing is fetched"],
      ["nowhere", "The repository has treatments in: climbing, digging, linking, pointing, reading, real"],
    ] as const
  ) {
    const { code, stderr } = await project.myx("add", `git+file://${dir}#${path}`, "--yes");
    assertEquals(code, 2, `${path}: ${stderr}`);
    assertStringIncludes(stderr, message);
  }
  // What git itself would make by no command: a file and a folder of one name.
  const git = (args: readonly string[], stdin?: string) =>
    execute("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], dir, stdin);
  const folder = await git(["rev-parse", "HEAD:real"]);
  const listing = `${await git(["ls-tree", folder])}\n100644 blob ${await git(["rev-parse", "HEAD:real/run.ts"])}\ta\n`;
  const both = await git(["mktree"], `${listing}040000 tree ${folder}\ta\n`);
  await git(["update-ref", "refs/heads/both", await git(["commit-tree", "-m", "x", both])]);
  const { code, stderr } = await project.myx("add", `git+file://${dir}@both`, "--yes");
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, "another of its files has that name");
  assertEquals([...Deno.readDirSync(`${project.dir}/.myx/cache`)].length, 0);
});

Deno.test("add explains a missing repository, branch, redirect and short commit, and passes git no options", async () => {
  const root = makeTempDir();
  const repository = await makeRepository(`${root}/lab.git`, shout("shout/"));
  await using server = await serveGit(root);
  await using redirecting = await serveHttps((_, path) =>
    new Response(null, { status: 301, headers: { location: `https://evil.example.org/${path}` } })
  );
  using project = makeRemoteProject(server);
  const at = `git+https://${server.host}/lab.git`;
  for (
    const [url, code, message] of [
      [`git+https://${server.host}/none.git#shout`, 1, "has no such repository (404)"],
      [`${at}@nope#shout`, 1, 'the repository has no "nope"'],
      [`${at}@${repository.first.slice(0, 10)}#shout`, 1, "Give all 40 digits of a commit"],
      [`git+https://${redirecting.host}/lab.git#shout`, 1, "redirects to https://evil.example.org/lab.git"],
      [`${at}@--upload-pack=touch#shout`, 2, 'a branch, tag or commit behind "@"'],
      [`git+ssh://-oProxyCommand=touch/x.git#shout`, 2, "Cannot use URL"],
      [`${at}#../../etc`, 2, 'which has ".." in it'],
      [`git+file://${root}/../x.git`, 2, 'without "." and ".." parts'],
      ["git+http://localhost/x.git", 2, "git+https://host/repo.git@REF#folder"],
      ["git+https://me:secret@localhost/x.git", 2, "no user name or password"],
      ["git+ext::sh -c touch% /tmp/x", 2, "Cannot use URL"],
    ] as const
  ) {
    const ended = await project.myx("add", url, "--yes");
    assertEquals(ended.code, code, `${url}: ${ended.stderr}`);
    assertStringIncludes(ended.stderr, message);
    assert(!ended.stderr.includes("secret"), ended.stderr);
  }
  // A commit is as good as a tag, and the default branch stands for its commit.
  assertEquals((await project.myx("add", `${at}@${repository.first}#shout`, "--yes")).code, 0);
  assertEquals((await project.myx("add", `${at}#shout/run.ts`, "--yes", "--as", "again")).code, 0);
  assertEquals(project.lock().treatments.again!.commit, repository.first);
  Deno.removeSync(root, { recursive: true });
});
