import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { helpAsked, parseCommandLine } from "../../../core/cli/command_line.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { UsageError } from "../../../core/contract/errors.ts";

/** Splits at spaces; no value in these tests has one. */
const parse = (text: string) => parseCommandLine(text.split(" ").filter(Boolean));

Deno.test("parseCommandLine() finds the command and its values wherever global flags stand", () => {
  const want = { arguments: ["daily"], on: new Set(["last"]), values: { project: "lab", from: "2026-01-20" } };
  for (
    const text of [
      "flow daily --last --from 2026-01-20 --project lab",
      "--project lab flow --last daily --from=2026-01-20",
      "--project=lab flow --from 2026-01-20 --last=true daily",
      "--last flow --project lab --from 2026-01-20 -- daily",
    ]
  ) {
    const { command, ...rest } = parse(text);
    assertEquals(command.name, "flow", text);
    assertEquals(rest, want, text);
  }
});

Deno.test("parseCommandLine() keeps values as they are written", () => {
  assertEquals(parse("flow 2026").arguments, ["2026"]);
  assertEquals(parse("init 007").arguments, ["007"]);
  assertEquals(parseCommandLine(["flow", "x", "--params", '{"a.b": 1e3}']).values.params, '{"a.b": 1e3}');
  assertEquals(parse("logs --last 007".replace("007", "7")).values, { last: "7" });
  assertEquals(parse("check a b c").arguments, ["a", "b", "c"]);
  assertEquals(parse("status").arguments, []);
  assertEquals(parse("check --debug -- --debug --debug").arguments, ["--debug", "--debug"]);
  assertEquals(parse("flow a --last=false").on, new Set());
});

Deno.test("parseCommandLine() refuses what the table does not allow, and says what it does", () => {
  const cases: [string, string][] = [
    ["", "no command"],
    ["flwo x", 'Cannot find command "flwo" (did you mean "flow"?)'],
    ["xyzzy", 'Cannot find command "xyzzy"'],
    ["flow", 'Cannot run "flow": NAME|PATH|URL is missing'],
    ["flow a b", 'one value too many, "b"'],
    ["flow a --form 2026-01-20", '"--form" with flow (did you mean "--from"?)'],
    ["flow a --form=2026-01-20", '"--form" with flow (did you mean "--from"?)'],
    ["flow a -x", '"-x" with flow'],
    ["flow a --from", 'Cannot read --from "": expected a value, as in --from YYYY-MM-DD'],
    ["flow a --from --last", 'Cannot read --from ""'],
    ["flow a --from 20.01.2026", "expected a day as YYYY-MM-DD"],
    ["flow a --to 2026-02-30", 'Cannot read --to "2026-02-30": expected a day'],
    ["flow a --jobs 0", 'Cannot read --jobs "0": expected a whole number from 1'],
    ["flow a --jobs 1.5", "expected a whole number from 1"],
    ["flow a --output-mode repalce", 'expected "append", "replace" or "full-replace"'],
    ["run clean --input a", 'Cannot run "run": --output DIR is missing'],
    ["list flow", 'Cannot use WHAT "flow" (did you mean "flows"?): expected "flows", "treatments" or "steps"'],
    ["completions tcsh", 'expected "bash", "zsh" or "fish"'],
    ["check --json", '"--json" with check'],
    ["flow a --step clean --step parse", 'Cannot use flag "--step" twice'],
    ["flow a --params={} --params {}", 'Cannot use flag "--params" twice'],
    ["flow a --last --last", 'Cannot use flag "--last" twice'],
    ["--project a flow b --project=c", 'Cannot use flag "--project" twice'],
    ["flow a --json=no", 'Cannot use flag "--json" with the value "no": it takes none'],
    ["flow a --wait=5", 'Cannot use flag "--wait" with the value "5": it takes none'],
    ["flow a --wait=", 'Cannot use flag "--wait" with the value "": it takes none'],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => parse(text), UsageError);
    assertStringIncludes(error.message, message, text);
    assertEquals(error.exitCode, 2);
  }
});

Deno.test("parseCommandLine() names the flag whose value is empty, as that of a shell's variable that is not set", () => {
  for (
    const words of [["flow", "a", "--dataset", ""], ["flow", "--dataset", "", "a"], ["init", "a", "--project", ""]]
  ) {
    const error = assertThrows(() => parseCommandLine(words), UsageError);
    assertStringIncludes(
      error.message,
      `Cannot read ${words.find((word) => word.startsWith("--"))} "": expected a value`,
    );
  }
  assertEquals(parseCommandLine(["check", "--", "--project", ""]).arguments, ["--project", ""]);
});

Deno.test("parseCommandLine() says how to give what begins as a flag does, such as SQL with a comment in front", () => {
  const query = "-- by day\nselect 1";
  const error = assertThrows(() => parseCommandLine(["sql", "a", query]), UsageError);
  assertStringIncludes(error.fix!, 'Put "--" before it');
  assertEquals(parseCommandLine(["sql", "a", "--", query]).arguments, ["a", query]);
});

Deno.test("helpAsked() is true on any line that asks for help, however broken the rest", () => {
  assertEquals(helpAsked([]), {});
  assertEquals(helpAsked(["--help"]), {});
  assertEquals(helpAsked(["-h", "nonsense"]), {});
  assertEquals(helpAsked(["flow", "--bogus", "--help"]), { command: "flow" });
  assertEquals(helpAsked(["--project", "x", "run", "-h"]), { command: "run" });
  assertEquals(helpAsked(["flow", "x"]), undefined);
  assertEquals(helpAsked(["flow", "--", "--help"]), undefined);
});

Deno.test("COMMANDS has examples that parse, and no flag twice", () => {
  for (const { name, flags, examples, arguments: all } of COMMANDS) {
    for (const example of examples) {
      const words = [...example.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
      assertEquals(parseCommandLine(words).command.name, name);
    }
    assertEquals(new Set(flags.map((flag) => flag.name)).size, flags.length, name);
    assertEquals(all.slice(0, -1).filter(({ many }) => many), [], `${name}: only the last argument may take many`);
  }
});
