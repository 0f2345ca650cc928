/** Words that no shell changes; within one, "#" begins no comment. */
const PLAIN = /^[\w@%+=:,./-][\w@%+=:,./#-]*$/;

/** Writes words as a POSIX shell (and that of `deno task`) reads them. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
