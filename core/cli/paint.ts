const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

/** Colours text for stderr; where colour is not wanted or not shown, the text as it is. */
export function paint(style: keyof typeof CODES, text: string): string {
  if (Deno.noColor || Deno.args.includes("--no-color") || !Deno.stderr.isTerminal()) return text;
  const [on, off] = CODES[style];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}
