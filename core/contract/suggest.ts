import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/**
 * ` (did you mean "x"?)` for the candidate that `word` is likely a slip of, else nothing. A third of the letters may
 * differ, in short words two (two swapped letters count as two) but never over half: more, and the guess would mislead. A
 * word that is among the candidates is no slip.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const list = [...candidates];
  if (word === "" || list.length === 0 || list.includes(word)) return "";
  const closest: string = closestString(word, list);
  const distance: number = levenshteinDistance(word.toLowerCase(), closest.toLowerCase());
  const length = Math.max(word.length, closest.length);
  const limit = Math.min(Math.max(2, length / 3), length / 2);
  return distance <= limit ? ` (did you mean "${closest}"?)` : "";
}

/** Words as a list for people: `"a", "b" or "c"`. */
export function oneOf(words: Iterable<unknown>): string {
  const quoted = [...words].map((word) => JSON.stringify(word));
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}
