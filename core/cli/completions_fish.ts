import { shellCall } from "./deno_call.ts";
import type { Argument, Command, Completion, Flag } from "./command.ts";
import { GLOBAL_FLAGS } from "./commands.ts";

/** A script that completes `myx` in fish, with descriptions. */
export function fishCompletions(commands: readonly Command[]): string {
  const lines = [
    `# fish completion for myx. Load it with: ${shellCall()} completions fish | source`,
    `type -q myx; or function myx; ${shellCall()} $argv; end`,
    "function __myx_list; myx list $argv 2>/dev/null | string split -f 1 ' '; end",
    "function __myx_flow_given; set -l words (commandline -opc); echo $words[3]; end",
    `function __myx_commands; printf '%s\\n' ${commands.map(({ name }) => name).join(" ")}; end`,
    "complete -c myx -f",
    ...GLOBAL_FLAGS.map((flag) => flagLine(flag)),
  ];
  for (const { name, summary, flags, arguments: all } of commands) {
    lines.push(`complete -c myx -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
    const seen = `-n '__fish_seen_subcommand_from ${name}'`;
    lines.push(
      ...all.flatMap((argument) => argumentLine(argument, seen)),
      ...flags.map((flag) => flagLine(flag, seen)),
    );
  }
  return lines.join("\n");
}

function flagLine({ name, value, description, choices, complete }: Flag, seen = ""): string {
  const values = value === undefined ? "" : `${complete === "file" ? " -r" : " -x"} ${action(choices ?? complete)}`;
  return `complete -c myx ${seen} -l ${name}${values} -d ${quote(description)}`.replaceAll(/ +/g, " ");
}

function argumentLine({ choices, complete }: Argument, seen: string): string[] {
  const completion = choices ?? complete;
  return completion === undefined ? [] : [`complete -c myx ${seen} ${action(completion)}`];
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
      return "-a '(path basename datasets/*/ | string match -v _archive)'";
    case "command":
      return "-a '(__myx_commands)'";
    case "file":
      return "-F";
    case "folder":
      return "-a '(__fish_complete_directories)'";
    default:
      return `-a '${completion.join(" ")}'`;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
