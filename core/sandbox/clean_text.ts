import { printable } from "../contract/printable.ts";
import { guarded } from "./guards.ts";

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
  return printable(text.length > limit ? `${text.slice(0, limit)}...` : text, { lines });
}
