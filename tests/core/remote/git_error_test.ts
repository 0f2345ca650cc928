import { assertEquals } from "@std/assert";
import { parseRemoteUrl } from "../../../core/contract/remote_url.ts";
import { explainFetch } from "../../../core/remote/git_error.ts";

Deno.test("explainFetch() gives git's reason, not the advice below it", async () => {
  const advice = `fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.`;
  const unread = "Could not read from remote repository.";
  const url = parseRemoteUrl("git+file:///lab/nowhere@v1#detrend");
  for (
    const [said, reason] of [
      [
        `fatal: '/lab/nowhere' does not appear to be a git repository\n${advice}`,
        `'/lab/nowhere' does not appear to be a git repository | ${unread}`,
      ],
      [
        `ssh: connect to host lab port 22: Connection refused\r\n${advice}`,
        `ssh: connect to host lab port 22: Connection refused | ${unread}`,
      ],
      [advice, unread],
      ["", "git gave no reason"],
    ] as const
  ) {
    if (url.kind !== "git") throw new Error("no git URL");
    assertEquals((await explainFetch(url, "v1", said)).message, `Cannot fetch ${url.url}: ${reason}`);
  }
});

Deno.test("explainFetch() gives no advice of git's that would change nothing", async () => {
  const url = parseRemoteUrl("git+file:///lab/r@v1#detrend");
  if (url.kind !== "git") throw new Error("no git URL");
  const said = `fatal: detected dubious ownership in repository at '/lab/r/.git'
To add an exception for this directory, call:

\tgit config --global --add safe.directory /lab/r/.git
fatal: Could not read from remote repository.`;
  const { message, fix } = await explainFetch(url, "v1", said);
  assertEquals(
    message,
    `Cannot fetch ${url.url}: its folder belongs to another user, and git reads no such repository`,
  );
  assertEquals(
    fix,
    "Clone it (git clone asks you to trust it first) and add the clone, or fetch it over https or ssh",
  );
});

Deno.test("explainFetch() tells a command that makes the server's host key known", async () => {
  for (
    const [place, command] of [
      ["lab.example", "ssh lab.example"],
      ["git@lab.example:2222", "ssh -p 2222 git@lab.example"],
      ["git@[::1]:2222", "ssh -p 2222 git@::1"],
      ["[fe80::1]", "ssh fe80::1"],
    ] as const
  ) {
    const url = parseRemoteUrl(`git+ssh://${place}/r.git#detrend`);
    if (url.kind !== "git") throw new Error("no git URL");
    const { fix } = await explainFetch(url, "HEAD", "Host key verification failed.");
    assertEquals(fix, `If you trust it, connect to it once: ${command}`);
  }
});
