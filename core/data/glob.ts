/** Tests a text against patterns in which `*` stands for any characters or none, and all else for itself. */
export function matchGlobs(patterns: readonly string[]): (text: string) => boolean {
  const alternatives = patterns.map((pattern) =>
    pattern.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join(".*")
  );
  const regex = new RegExp(`^(?:${alternatives.join("|")})$`, "su");
  return (text) => regex.test(text);
}
