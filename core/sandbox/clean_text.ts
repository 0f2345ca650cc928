import { guarded } from "./guards.ts";

/** Control and format characters, line separators and halves of characters: what could move a cursor or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_BUT_NEWLINE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text that is sure to be shown as it is; found much quicker than any other, and nearly all there is. */
const PLAIN = /^[ -~]*$/;

/** How a text is made fit for people. */
export interface CleanOptions {
  /** Most characters it may have; the rest is cut. */
  readonly limit: number;
  /** Keep line ends. */
  readonly lines?: boolean;
}

/** A text of a stranger as it may be printed and logged: no escape sequences, no reversed text, not too long. */
export function cleanText(text: string, { limit, lines = false }: CleanOptions): string {
  if (!guarded("claims")) return text;
  if (text.length <= limit && PLAIN.test(text)) return text;
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return cut.replaceAll("\t", " ").replaceAll(lines ? UNPRINTABLE_BUT_NEWLINE : UNPRINTABLE, "\ufffd");
}

/** Whether a text is shown as it is. */
export function isPrintable(text: string): boolean {
  return PLAIN.test(text) || text.search(UNPRINTABLE) < 0;
}
