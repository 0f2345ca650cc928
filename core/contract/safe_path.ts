/** Names that lead elsewhere, hide from people, or mean something else on another system. */
const SEGMENT = /^[^\p{Cc}\p{Cf}\\/:*?"<>|]+$/u;
const LONGEST = 1024;

/**
 * Why a path that somebody else wrote must not become a file here, as the end of "which ...", or nothing if it may: it has
 * to be relative, with `/`, and stay inside.
 */
export function describePathProblem(path: string): string | undefined {
  if (path.length > LONGEST) return `is longer than ${LONGEST} characters`;
  for (const segment of path.split("/")) {
    if (segment === "") return 'starts or ends with "/" or has "//" in it';
    if (segment === "." || segment === "..") return `has "${segment}" in it`;
    if (segment.toLowerCase() === ".git") return 'has ".git" in it';
    if (!SEGMENT.test(segment)) return "has characters that not every system allows in names";
  }
  return undefined;
}
