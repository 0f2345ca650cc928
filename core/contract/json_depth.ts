/** What people write is a few levels deep; what walks values by recursion has room for many times this. */
const MOST = 100;

/** Whether a JSON value has more levels of lists and objects in each other than anything here takes. */
export function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST) return true;
    level = level.flatMap((part) => typeof part === "object" && part !== null ? Object.values(part) : []);
  }
  return false;
}
