/** Names in quotes, runs of them that count up by one as `"m0__mean" to "m5__mean"`. */
export function listNames(names: readonly string[]): string {
  const parts: string[] = [];
  for (let first = 0, last; first < names.length; first = last + 1) {
    last = first;
    while (last + 1 < names.length && follows(names[last]!, names[last + 1]!)) last++;
    // Two names side by side are no longer than the range.
    if (last === first + 1) last = first;
    parts.push(last === first ? `"${names[first]}"` : `"${names[first]}" to "${names[last]}"`);
  }
  return parts.join(", ");
}

/** Whether one number in `next` is that of `name` plus one and all else is equal. */
function follows(name: string, next: string): boolean {
  return [...name.matchAll(/\d+/g)].some(({ 0: digits, index }) =>
    `${name.slice(0, index)}${Number(digits) + 1}${name.slice(index + digits.length)}` === next
  );
}
