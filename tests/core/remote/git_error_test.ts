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
        `ssh: connect to host lab port 22: Connection refused\n${advice}`,
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
