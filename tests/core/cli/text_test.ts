import { assertEquals, assertStringIncludes } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { formatJson } from "../../../core/cli/format_json.ts";
import { denoCommand, projectGrants, shortPath } from "../../../core/cli/grants.ts";
import { quoteWords } from "../../../core/contract/quote_words.ts";
import { findMissingGrant } from "../../../core/cli/missing_grant.ts";
import { explainRefusal } from "../../../core/sandbox/explain_refusal.ts";
import { actStandalone } from "../../../core/standalone/self.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { end } from "./process.ts";
import { formatCount, formatSpan, formatTable, plural, wrap } from "../../../core/cli/table.ts";

Deno.test("formatTable() sets numbers right, text left, and leaves no trailing spaces", () => {
  assertEquals(formatTable([["a", "1", "x"], ["bbb", "1000", ""]], [1]), "a       1  x\nbbb  1000");
  assertEquals(formatTable([]), "");
});

Deno.test("formatSpan() rounds to what people read", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [59_949, "59.9 s"],
    [59_999, "1 min 0 s"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
  ];
  for (const [ms, text] of cases) assertEquals(formatSpan(ms), text);
});

Deno.test("formatCount() and plural() count", () => {
  assertEquals(formatCount(1_234_567), "1,234,567");
  assertEquals([plural(0, "file"), plural(1, "file"), plural(2000, "file")], ["0 files", "1 file", "2,000 files"]);
});

Deno.test("wrap() breaks at spaces and leaves longer words whole", () => {
  assertEquals(wrap("a bb ccc dddddddd e", 6), ["a bb", "ccc", "dddddddd", "e"]);
});

Deno.test("formatJson() keeps short objects on a line and is still the same JSON", () => {
  const value = { a: [1, 2], b: { c: null, d: { e: "x".repeat(90) } }, f: {}, g: [] };
  const text = formatJson(value);
  assertEquals(JSON.parse(text), value);
  assertEquals(text.split("\n").slice(0, 4), ["{", '  "a": [1, 2],', '  "b": {', '    "c": null,']);
});

Deno.test("shortPath() is relative near by and absolute far away", () => {
  assertEquals(shortPath("/a/b", "/a/b"), ".");
  assertEquals(shortPath("/a/b/c", "/a/b"), "c");
  assertEquals(shortPath("/a/x", "/a/b"), "../x");
  assertEquals(shortPath("/x/y", "/a/b"), "../../x/y");
  assertEquals(shortPath("/x/y", "/a/b/c"), "/x/y");
});

Deno.test("quoteWords() protects what a shell would change, and that of deno task", async () => {
  const words = ["--allow-read=.,/a", "a b", "it's", "{a,b}", "$HOME", "", "*"];
  assertEquals(quoteWords(words), `--allow-read=.,/a 'a b' 'it'"'"'s' '{a,b}' '$HOME' '' '*'`);
  const cwd = makeTempDir();
  const script = `echo ${quoteWords(words)}`;
  Deno.writeTextFileSync(`${cwd}/deno.json`, JSON.stringify({ tasks: { script } }));
  for (const [shell, ...args] of [["sh", "-c", script], [Deno.execPath(), "task", "-q", "script"]]) {
    const { stdout } = await end(new Deno.Command(shell!, { args, cwd }));
    assertEquals(stdout, `${words.join(" ")}\n`);
  }
});

Deno.test("denoCommand() grants a project's folders and myx's, and takes packages from myx's lock alone", () => {
  assertEquals(
    quoteWords(denoCommand(projectGrants(".", "../myx"), "../myx")),
    "deno run -q --no-prompt --frozen --v8-flags=--expose-gc,--no-lazy --config=../myx/deno.json --allow-read=.,../myx " +
      "--allow-write=datasets,flows,treatments,deno.json,myx.log,myx.log.1 --allow-run=deno,setpriv,bwrap --allow-env --allow-sys=hostname " +
      "../myx/main.ts",
  );
  assertEquals(projectGrants("lab", "lab"), {
    read: ["lab"],
    write: ["lab/datasets", "lab/flows", "lab/treatments", "lab/deno.json", "lab/myx.log", "lab/myx.log.1"],
  });
});

Deno.test("findMissingGrant() believes Deno alone: what others say may name a permission, too", () => {
  const message = 'Requires net access to "db.lab:5432", run again with the --allow-net flag';
  assertEquals(findMissingGrant(new MyxError(message), ["flow", "f"]), undefined);
  assertEquals(findMissingGrant(new Error(message), ["flow", "f"]), undefined);
  for (const error of [new Deno.errors.NotCapable(message), new TypeError(message)]) {
    assertStringIncludes(findMissingGrant(error, ["flow", "f"])!.message, 'Cannot connect to "db.lab:5432"');
  }
});

Deno.test("what a compiled binary's Deno refuses is explained, too, though it says it in other words", () => {
  const said = (kind: string, path: string) =>
    `Requires ${kind} access to "${path}", specify the required permissions during compilation using ` +
    `\`deno compile --allow-${kind}\``;
  {
    using _ = actStandalone([]);
    const { message } = findMissingGrant(new Deno.errors.NotCapable(said("read", "/etc")), ["describe", "/etc"])!;
    assertEquals(message, 'Cannot read "/etc": this program may only touch the folder that it is started in');
  }
  assertEquals(
    explainRefusal(`NotCapable: ${said("write", "/a")}`),
    'NotCapable: Requires write access to "/a"; a treatment may write into its output folder, and nowhere else',
  );
});
