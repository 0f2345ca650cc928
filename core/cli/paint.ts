const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

/** The sequences that {@linkcode paint} writes, taken apart by `split`. */
// deno-lint-ignore no-control-regex -- they begin with one
export const PAINT = /(\x1b\[(?:1|2|22|31|32|33|39)m)/;

/** Colours text for stderr; where colour is not wanted or not shown, the text as it is. */
export function paint(style: keyof typeof CODES, text: string): string {
  if (!isPainted()) return text;
  const [on, off] = CODES[style];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

/** Whether {@linkcode paint} colours anything. */
export function isPainted(): boolean {
  return !Deno.noColor && !Deno.args.includes("--no-color") && isDrawable();
}

/** Whether stderr is a terminal that can be drawn on. Those in editors, which call themselves dumb, show each sequence as text. */
export function isDrawable(): boolean {
  return Deno.stderr.isTerminal() && terminalKind() !== "dumb";
}

function terminalKind(): string | undefined {
  try {
    return Deno.env.get("TERM");
  } catch {
    return undefined; // Without the right to read it, which an error is about to say.
  }
}
