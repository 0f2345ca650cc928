/** Control and format characters, line separators and halves of characters: what could move a cursor or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_BUT_NEWLINE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text that is sure to be shown as it is; found much quicker than any other, and nearly all there is. */
const PLAIN = /^[ -~]*$/;

/** Whether a text is shown as it is. */
export function isPrintable(text: string): boolean {
  return PLAIN.test(text) || text.search(UNPRINTABLE) < 0;
}

/** A text with U+FFFD for all that is not shown as it is; `lines` keeps line ends. */
export function printable(text: string, { lines = false } = {}): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll("\t", " ").replaceAll(lines ? UNPRINTABLE_BUT_NEWLINE : UNPRINTABLE, "\ufffd");
}
