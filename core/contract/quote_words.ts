/** Words that no shell changes; within one, "#" begins no comment. */
const PLAIN = /^[\w@%+=:,./-][\w@%+=:,./#-]*$/;

/** Writes words as a POSIX shell reads them, and that of `deno task`, which knows no backslash behind a quote. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => PLAIN.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`).join(" ");
}
