import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readJson } from "../../../core/contract/json_file.ts";
import { findSyntaxError } from "../../../core/contract/json_syntax.ts";
import { problemsOf, tempProject } from "./temp_project.ts";

Deno.test("readJson() names file, line and column of a syntax error", () => {
  const end = "the end of the file";
  const cases: [text: string, line: number, column: number, found: string, expected: string][] = [
    ["", 1, 1, end, "a value"],
    ["{", 1, 2, end, "a key in double quotes"],
    ['{"a": 1,}', 1, 9, '"}"', 'a key in double quotes (JSON has no "," before it)'],
    ["[1,\n]", 2, 1, '"]"', 'a value (JSON has no "," before it)'],
    ["[1}", 1, 3, '"}"', '"," or "]"'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, '"\\""', '"," or "}"'],
    ['{"a" 1}', 1, 6, '"1"', '":"'],
    ["[1, 2", 1, 6, end, '"," or "]"'],
    ["[1,,2]", 1, 4, '","', "a value"],
    ['{\n  // note\n  "a": 1}', 2, 3, '"/"', "a key in double quotes (JSON has no comments)"],
    ["{'a': 1}", 1, 2, '"\'"', "a key in double quotes"],
    ['["a\nb"]', 1, 4, '"\\n"', "a closing double quote"],
    ['["a\\x"]', 1, 4, '"\\\\"', "an escape that JSON knows"],
    ["[01]", 1, 3, '"1"', '"," or "]"'],
    ["[NaN]", 1, 2, '"N"', "a value"],
    ["{} {}", 1, 4, '"{"', end],
    ["\r\n[1\r\n2]", 3, 1, '"2"', '"," or "]"'],
    ["[😀]", 1, 2, '"😀"', "a value"],
  ];
  for (const [text, line, column, found, expected] of cases) {
    const project = tempProject({ "a.json": text });
    assertEquals(problemsOf(project, () => readJson(`${project.dir}/a.json`)), [
      `Cannot read "a.json" at line ${line}, column ${column}: found ${found}, expected ${expected}`,
    ], text);
  }
});

Deno.test("readJson() refuses what is no text file and skips a byte order mark", () => {
  const project = tempProject({ "bom.json": '\ufeff{"a": 1}' });
  Deno.writeFileSync(`${project.dir}/latin.json`, Uint8Array.of(0x22, 0xe9, 0x22));
  const read = (name: string) => problemsOf(project, () => readJson(`${project.dir}/${name}`));
  assertEquals(readJson(`${project.dir}/bom.json`), { a: 1 });
  assertEquals(read("latin.json"), ['Cannot read "latin.json": it is not UTF-8 text']);
  assertEquals(read("none.json"), ['Cannot read "none.json": no such file']);
  Deno.mkdirSync(`${project.dir}/folder.json`);
  assertEquals(read("folder.json"), ['Cannot read "folder.json": it is a folder']);
});

Deno.test("findSyntaxError() finds an error exactly where JSON.parse throws, for valid and broken JSON", () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "}", "]", "\\", "1", "\n", "-", "e", ":"))
    .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice(at % (text.length + 1) + 1));
  fc.assert(
    fc.property(fc.oneof(fc.json(), broken, fc.string()), (text) => {
      let throws = false;
      try {
        JSON.parse(text);
      } catch {
        throws = true;
      }
      assertEquals(findSyntaxError(text) !== undefined, throws);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("findSyntaxError() stops where no JSON could go on", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (text, cut) => {
      // a cut behind the whole number of a text such as 12 leaves JSON
      const part = text.slice(0, cut % text.length);
      const place = findSyntaxError(part);
      if (place && !/[\d.eE+-]$|[a-z]$|\\u?[0-9a-f]*$/i.test(part)) {
        assertEquals(place.found, "the end of the file", part);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("readJson() refuses a key that one object has twice, of which JSON.parse takes the last", () => {
  const twice = '{"a": {"b": 1, "c": ":"},\n "d": ["a", {"b": 2}],\n "\\u0061": {}}';
  const project = tempProject({
    "twice.json": twice,
    "fine.json": '[{"a": "{", "b": {"a": "a\\"", "c": [{"a": 1}]}}, {"a": 1}]',
  });
  assertEquals(problemsOf(project, () => readJson(`${project.dir}/twice.json`)), [
    'Cannot read "twice.json" at line 3: key "a" stands there a second time',
  ]);
  readJson(`${project.dir}/fine.json`);
});

Deno.test("readJson() refuses what is nested so deeply that nothing could walk it", () => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const project = tempProject({ "deep.json": deep(60_000), "fine.json": deep(50) });
  assertEquals(problemsOf(project, () => readJson(`${project.dir}/deep.json`)), [
    'Cannot read "deep.json": it is nested too deeply',
  ]);
  readJson(`${project.dir}/fine.json`);
  // With a syntax error in it, whose place is looked for by recursion.
  Deno.writeTextFileSync(`${project.dir}/cut.json`, "[".repeat(500_000));
  assertEquals(problemsOf(project, () => readJson(`${project.dir}/cut.json`)), [
    'Cannot read "cut.json": it is nested too deeply',
  ]);
});
