import { NAME } from "../contract/schema.ts";
import { shellCall } from "./deno_call.ts";
import type { Argument, Command, Completion, Flag } from "./command.ts";
import { GLOBAL_FLAGS } from "./commands.ts";

/** A script that completes `myx` in fish, with descriptions. */
export function fishCompletions(commands: readonly Command[]): string {
  const valued = [
    ...commands.flatMap(({ name, flags }) => valuedFlags(name, flags)),
    ...valuedFlags("*", GLOBAL_FLAGS),
  ];
  const lines = [
    `# fish completion for myx. Load it with: ${shellCall()} completions fish | source`,
    `type -q myx; or function myx; ${shellCall()} $argv; end`,
    "function __myx_list; myx list $argv 2>/dev/null | string split -f 1 ' '; end",
    `function __myx_datasets; path basename datasets/*/ | string match -r '${NAME.source}' | string match -v _archive; end`,
    `function __myx_commands; printf '%s\\n' ${commands.map(({ name }) => name).join(" ")}; end`,
    "function __myx_params; __fish_complete_path (commandline -ct | string trim -l -c @) | string replace -r '^' @; end",
    "# The words before the cursor that are neither flags nor values of flags: the command and what it is given.",
    "function __myx_words",
    "  set -l words",
    "  set -l is_value 0",
    "  for word in (commandline -opc)[2..]",
    "    test $is_value = 1; and set is_value 0; and continue",
    `    switch "$words[1] $word"`,
    `      case ${valued.map(quote).join(" ")}`,
    "        set is_value 1",
    "      case '* -*'",
    "      case '*'",
    "        set -a words $word",
    "    end",
    "  end",
    "  string join \\n -- $words",
    "end",
    'function __myx_command_is; set -l words (__myx_words); test "$words[1]" = $argv[1]; end',
    "function __myx_flow_given; set -l words (__myx_words); echo $words[2]; end",
    "complete -c myx -f",
    ...GLOBAL_FLAGS.map((flag) => flagLine(flag)),
  ];
  for (const { name, summary, flags, arguments: all } of commands) {
    lines.push(`complete -c myx -n "__myx_command_is ''" -a ${name} -d ${quote(summary)}`);
    const given = `-n '__myx_command_is ${name}'`;
    lines.push(
      ...all.flatMap((argument) => argumentLine(argument, given)),
      ...flags.map((flag) => flagLine(flag, given)),
    );
  }
  return lines.join("\n");
}

function valuedFlags(command: string, flags: readonly Flag[]): string[] {
  return flags.filter(({ value }) => value !== undefined).map(({ name }) => `${command} --${name}`);
}

function flagLine({ name, value, description, choices, complete }: Flag, given = ""): string {
  const values = value === undefined ? "" : ` -x ${action(choices ?? complete)}`;
  return `complete -c myx ${given} -l ${name}${values} -d ${quote(description)}`.replaceAll(/ +/g, " ");
}

function argumentLine({ choices, complete }: Argument, given: string): string[] {
  const completion = choices ?? complete;
  return completion === undefined ? [] : [`complete -c myx ${given} ${action(completion)}`];
}

function action(completion: Completion | undefined): string {
  switch (completion) {
    case undefined:
      return "";
    case "flow":
    case "treatment":
      return `-a '(__myx_list ${completion}s)'`;
    case "step":
      return `-a '(__myx_list steps --flow (__myx_flow_given))'`;
    case "dataset":
    case "command":
      return `-a '(__myx_${completion}s)'`;
    case "params":
      return "-a '(__myx_params)'";
    case "folder":
      return "-a '(__fish_complete_directories)'";
    default:
      return `-a '${completion.join(" ")}'`;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
