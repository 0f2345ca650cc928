import { shellCall } from "./deno_call.ts";
import type { Argument, Command, Completion, Flag } from "./command.ts";
import { GLOBAL_FLAGS } from "./commands.ts";

/** A script that completes `myx` in zsh, with descriptions. */
export function zshCompletions(commands: readonly Command[]): string {
  return `#compdef myx
# zsh completion for myx. Load it with: eval "$(${shellCall()} completions zsh)"
(( $+commands[myx] + $+functions[myx] + $+aliases[myx] )) || myx() { ${shellCall()} "$@" }

_myx_list() { compadd -- \${(f)"$(myx list "$@" 2>/dev/null | cut -d ' ' -f 1)"} }
_myx_flows() { _myx_list flows }
_myx_treatments() { _myx_list treatments }
_myx_steps() { _myx_list steps --flow "\${line[1]}" }
_myx_datasets() {
  local -a names=(datasets/*(N/:t))
  compadd -- \${\${(M)names:#[A-Za-z0-9_][A-Za-z0-9._-]#}:#_archive}
}
_myx_params() { if compset -P @; then _files; else compadd -S '' -- @; fi }
_myx_commands() {
  local -a list=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join("\n")}
  )
  _describe command list
}

_myx() {
  local curcontext=$curcontext state line
  local -a globals=(
${GLOBAL_FLAGS.map((flag) => `    ${flagSpec(flag)}`).join("\n")}
  )
  _arguments -C $globals '1: :_myx_commands' '*:: :->rest' && return
  case $line[1] in
${commands.map(commandCase).join("\n")}
  esac
}
# As a file "_myx" in a folder of $fpath, all of this is what the first completion calls.
if [[ $funcstack[1] == _myx ]]; then
  _myx "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _myx myx
fi`;
}

function commandCase({ name, flags, arguments: all }: Command): string {
  const specs = [...flags.map(flagSpec), ...all.map(argumentSpec)];
  return `    ${name}) _arguments $globals ${specs.join(" ")} ;;`;
}

function flagSpec({ name, value, description, choices, complete }: Flag): string {
  const what = `[${escape(description)}]`;
  if (value === undefined) return quote(`--${name}${what}`);
  // With "=" the value may stand in the same word as well as in the next.
  return quote(`--${name}=${what}:${escape(value)}:${action(choices ?? complete)}`);
}

function argumentSpec({ name, many, choices, complete }: Argument, i: number): string {
  return quote(`${many ? "*" : i + 1}:${escape(name)}:${action(choices ?? complete)}`);
}

function action(completion: Completion | undefined): string {
  if (completion === undefined) return " ";
  if (typeof completion !== "string") return `(${completion.join(" ")})`;
  if (completion === "params") return "_myx_params";
  if (completion === "folder") return "_files -/";
  return `_myx_${completion}s`;
}

/** Colons and brackets part the fields of a spec. */
function escape(text: string): string {
  return text.replaceAll(/[:[\]\\]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
