import { NAME } from "../contract/schema.ts";
import { shellCall } from "./deno_call.ts";
import type { Command, Completion, Flag } from "./command.ts";
import { GLOBAL_FLAGS } from "./commands.ts";

/** A script that completes `myx` in bash; where there is no such command, it makes one. */
export function bashCompletions(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const globals = GLOBAL_FLAGS.map(({ name }) => `--${name}`).join(" ");
  const valued = [
    ...commands.flatMap(({ name, flags }) => valuedFlags(`"${name} `, flags)),
    ...valuedFlags('*" ', GLOBAL_FLAGS),
  ];
  return `# bash completion for myx. Load it with: eval "$(${shellCall()} completions bash)"
type myx >/dev/null 2>&1 || myx() { ${shellCall()} "$@"; }

# compgen runs what stands in a word as the shell does, and folders may be called anything: only names come to it.
_myx_names() { LC_ALL=C grep -xE '${NAME.source}'; }
_myx_list() { myx list "$@" 2>/dev/null | cut -d ' ' -f 1 | _myx_names; }
_myx_datasets() { printf '%s\\n' datasets/*/ | cut -d / -f 2 | _myx_names | grep -vx _archive; }
_myx_commands() { echo ${names}; }

_myx() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev command= first= words= line=$COMP_LINE all=() i
  # Readline parts words at "=", "@" and ":", too: pieces that no blank stands between are one.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if [[ $i == 0 || $line == [[:space:]]* ]]; then all+=("\${COMP_WORDS[i]}"); else all[-1]+=\${COMP_WORDS[i]}; fi
    line=\${line#*"\${COMP_WORDS[i]}"}
  done
  for ((i = 1; i < \${#all[@]} - 1; i++)); do
    case "$command \${all[i]}" in
      ${valued.map(({ pattern }) => pattern).join("|")}) ((i++)) ;;
      *" -"*) ;;
      " "*) command=\${all[i]} ;;
      *) first=\${all[i]} && break ;;
    esac
  done
  prev=\${all[-2]}
  [[ \${all[-1]} == --*=* ]] && prev=\${all[-1]%%=*} && cur=\${cur#=}
  COMPREPLY=()
  case "$command $prev" in
${valued.map(({ pattern, flag }) => `    ${pattern}) ${reply(flag.choices ?? flag.complete)} ;;`).join("\n")}
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

/** The flags that take a value, each with what stands on the line where it is due. */
function valuedFlags(start: string, flags: readonly Flag[]): { readonly pattern: string; readonly flag: Flag }[] {
  return flags.filter(({ value }) => value !== undefined)
    .map((flag) => ({ pattern: `${start}--${flag.name}"`, flag }));
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
    case "command":
      return `words=$(_myx_${completion}s)`;
    case "params":
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -P @ -f -- "\${cur#@}")`;
    case "folder":
      // Readline's own, which knows of blanks, quotes and ~.
      return "compopt -o dirnames";
    default:
      return `words="${completion.join(" ")}"`;
  }
}
