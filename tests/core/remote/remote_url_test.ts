import { assertEquals, assertThrows } from "@std/assert";
import { parseRemoteUrl, siblingUrl } from "../../../core/contract/remote_url.ts";
import { UsageError } from "../../../core/contract/errors.ts";

Deno.test("parseRemoteUrl() takes apart repository, ref and path, and writes equal URLs alike", () => {
  const parse = (text: string) => {
    const url = parseRemoteUrl(text);
    return url.kind === "git"
      ? [url.url, url.repository, url.ref, url.path, url.isFlow]
      : [url.url, url.site, url.path, url.isFlow];
  };
  assertEquals(parse("git+https://h.org:8443/a/r.git@v1#x/y/run.ts"), [
    "git+https://h.org:8443/a/r.git@v1#x/y",
    "https://h.org:8443/a/r.git",
    "v1",
    "x/y",
    false,
  ]);
  assertEquals(parse("git+https://h/r#./flows/x.json"), [
    "git+https://h/r#flows/x.json",
    "https://h/r",
    undefined,
    "flows/x.json",
    true,
  ]);
  assertEquals(parse("git+ssh://git@h:22/~me/r.git@feature/a-b"), [
    "git+ssh://git@h:22/~me/r.git@feature/a-b",
    "ssh://git@h:22/~me/r.git",
    "feature/a-b",
    "",
    false,
  ]);
  assertEquals(parse("git+file:///srv/r@pkg@1.2.3#t/"), [
    "git+file:///srv/r@pkg@1.2.3#t",
    "file:///srv/r",
    "pkg@1.2.3",
    "t",
    false,
  ]);
  for (const text of ["https://h/a/t", "https://h/a/t/", "https://h/a/t/run.ts", "https://h:443/a/t/treatment.json"]) {
    assertEquals(parse(text), ["https://h/a/t/", "https://h", "a/t", false]);
  }
  assertEquals(parse("https://h/f.json"), ["https://h/f.json", "https://h", "f.json", true]);
  assertEquals(parse("https://h"), ["https://h/", "https://h", "", false]);
});

Deno.test("parseRemoteUrl() keeps letters beyond ASCII as they are, also where they come as a browser copies them", () => {
  for (const text of ["git+file:///x/lüb.git@v1#übung/é", "git+file:///x/l%C3%BCb.git@v1#%c3%bcbung/%C3%A9"]) {
    const url = parseRemoteUrl(text);
    assertEquals([url.url, url.path], ["git+file:///x/lüb.git@v1#übung/é", "übung/é"]);
    assertEquals(parseRemoteUrl(url.url), url);
    assertEquals(url.kind === "git" && url.repository, "file:///x/l%C3%BCb.git");
  }
  for (const text of ["https://h/übung/", "https://h/%C3%BCbung/run.ts"]) {
    assertEquals(parseRemoteUrl(text).url, "https://h/übung/");
    assertEquals(parseRemoteUrl(text).path, "übung");
  }
});

Deno.test("parseRemoteUrl() refuses what is no such URL, keeps a password, or could be taken for an option", () => {
  for (
    const text of [
      "http://h/t",
      "git+http://h/r",
      "ftp://h/t",
      "git+https:///r",
      "git+https://h",
      "git+file://host/r",
      "git+https://u@h/r",
      "https://u:p@h/t",
      "git+ssh://u:p@h/r",
      "git+ssh://-oProxyCommand=x/r",
      "git+ssh://-o@h/r",
      "git+https://h/r@-x",
      "git+https://h/r@",
      "git+https://h/r@a..b",
      "git+https://h/r@a:b",
      "git+https://h/r@a^{}",
      "git+https://h/r@v1#../x",
      "git+https://h/r@v1#/x//y",
      "git+https://h/r@v1#x/.git/hooks",
      "git+https://h/r@v1#x\\y",
      "https://h/a/../t",
      "https://h/a%2e%2e/t",
      "https://h/%C3%BC%2e%2e/t",
      "https://h/ü%2F..%2Ft",
      "git+https://h/ü%2Fr",
      "git+https://h/r#ü%2F../t",
      "git+https://h/r#%C3%BC/../t",
      "git+https://h/r#ü%00",
      "git+https://h/r#ü%25",
      "git+https://h/%C2%80/r",
      "git+https://h/%C2%A0/r",
      "git+https://h/%E2%80%AE/r",
      "git+https://h/\u202e/r",
      "git+https://h/%FF/r",
      "git+https://h/%C0%AF/r",
      "git+ssh://ü@h/r",
      "git+ssh://ü/r",
      "git+ssh://h$(id)/r",
      "git+ssh://a`id`@h/r",
      "git+ssh://a;b/r",
      "git+ssh://$(id)@h/r",
      "git+https://h$(id)/r",
      "https://h'/t",
      "https://h/t?token=1",
      "https://h/t#x",
      "https://h/a b",
    ]
  ) assertThrows(() => parseRemoteUrl(text), UsageError, "Cannot use URL", text);
});

Deno.test("siblingUrl() stays at the same commit or site", () => {
  const git = parseRemoteUrl("git+https://h/r@v1#flows/x.json");
  assertEquals(siblingUrl(git, "treatments/t").url, "git+https://h/r@v1#treatments/t");
  assertEquals(siblingUrl(git, "").url, "git+https://h/r@v1");
  assertEquals(siblingUrl(parseRemoteUrl("https://h/f/x.json"), "t").url, "https://h/t/");
});
