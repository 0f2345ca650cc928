import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DENO } from "../../../core/cli/deno_call.ts";
import { PROGRAM } from "../../../core/cli/command_line.ts";
import { COMMANDS, findCommand, GLOBAL_FLAGS } from "../../../core/cli/commands.ts";
import { commandHelp, overview, usage } from "../../../core/cli/help.ts";

Deno.test("overview() names every command and every global flag", () => {
  const text = overview();
  for (const { name, summary } of COMMANDS) assertStringIncludes(text, `\n  ${name} `, summary);
  for (const { name } of GLOBAL_FLAGS) assertStringIncludes(text, `--${name}`);
});

Deno.test("overview() lists among the flags of every command only those, and tells how to see the version", () => {
  const [, flags = "", rest = ""] = /Flags of every command:\n((?: .*\n)+)\n(.*)/s.exec(overview())!;
  assertEquals([...flags.matchAll(/^ {2}--(\S+)/gm)].map(([, name]) => name), GLOBAL_FLAGS.map(({ name }) => name));
  assertStringIncludes(rest, `${PROGRAM} --version\n`);
});

Deno.test("commandHelp() of run says where its paths begin", () => {
  assertStringIncludes(commandHelp(findCommand("run")!), "Paths are relative to the current folder");
});

Deno.test("commandHelp() names every argument, flag and example, in at most 120 columns", () => {
  for (const command of COMMANDS) {
    const text = commandHelp(command);
    for (const { name } of command.arguments) assertStringIncludes(text, name);
    for (const { name } of [...command.flags, ...GLOBAL_FLAGS]) assertStringIncludes(text, `  --${name}`);
    for (const example of command.examples) assertStringIncludes(text, example);
    for (const line of text.split("\n")) assert(line.length <= 120, line);
  }
});

Deno.test("usage() shows what is required and what is not", () => {
  const lines = COMMANDS.map(usage);
  assertStringIncludes(lines.join("\n"), `${PROGRAM} run TREATMENT --output DIR [FLAGS]`);
  assertStringIncludes(lines.join("\n"), `${PROGRAM} check [FLOW...]\n`);
  // The task myx may not use the network.
  for (const line of lines) assertEquals(/ myx (add|update|remove)/.exec(line), null);
  assertStringIncludes(commandHelp(findCommand("add")!), `  ${DENO} task add git+https://`);
});
