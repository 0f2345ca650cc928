import { shellCall } from "./deno_call.ts";
import type { Command, Completion, Flag } from "./command.ts";
import { GLOBAL_FLAGS } from "./commands.ts";

/** A script that completes `myx` in bash; where there is no such command, it makes one. */
export function bashCompletions(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const globals = GLOBAL_FLAGS.map(({ name }) => `--${name}`).join(" ");
  const valued = GLOBAL_FLAGS.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`).join("|");
  return `# bash completion for myx. Load it with: eval "$(${shellCall()} completions bash)"
type myx >/dev/null 2>&1 || myx() { ${shellCall()} "$@"; }

_myx_list() { myx list "$@" 2>/dev/null | cut -d ' ' -f 1; }

_myx_commands() { echo ${names}; }

_myx() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= first= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${valued}) ((i++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]} first=\${COMP_WORDS[i+1]} && break ;;
    esac
  done
  COMPREPLY=()
  case "$command $prev" in
${commands.flatMap(valueCases).join("\n")}
${
    GLOBAL_FLAGS.filter(({ value }) => value !== undefined).map((flag) => valueCase(`*" --${flag.name}"`, flag)).join(
      "\n",
    )
  }
    *)
      case "$command" in
        "") words="${names} ${globals}" ;;
${commands.map((command) => argumentCase(command, globals)).join("\n")}
      esac ;;
  esac
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}
complete -F _myx myx`;
}

function valueCases(command: Command): string[] {
  return command.flags.filter(({ value }) => value !== undefined)
    .map((flag) => valueCase(`"${command.name} --${flag.name}"`, flag));
}

function valueCase(pattern: string, flag: Flag): string {
  return `    ${pattern}) ${reply(flag.choices ?? flag.complete)} ;;`;
}

function argumentCase({ name, arguments: all, flags }: Command, globals: string): string {
  const own = [...flags.map((flag) => `--${flag.name}`), globals].join(" ");
  const argument = all[0];
  const values = argument ? reply(argument.choices ?? argument.complete) : "";
  return `        ${name}) if [[ $cur == -* ]]; then words="${own}"; else ${values || ":"}; fi ;;`;
}

function reply(completion: Completion | undefined): string {
  switch (completion) {
    case undefined:
      return ":";
    case "flow":
    case "treatment":
      return `words=$(_myx_list ${completion}s)`;
    case "step":
      return `words=$(_myx_list steps --flow "$first")`;
    case "dataset":
      return `words=$(ls datasets 2>/dev/null | grep -vx _archive)`;
    case "command":
      return `words=$(_myx_commands)`;
    case "file":
      return `compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))`;
    case "folder":
      return `compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))`;
    default:
      return `words="${completion.join(" ")}"`;
  }
}
