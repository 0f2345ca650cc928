/** The version of myx, as deno.json has it (a test keeps the two equal). */
export const VERSION = "0.1.0";

/**
 * The version of the files myx writes. A change here makes every output stale, so raise it only when equal inputs would
 * give other bytes.
 */
export const FORMAT = 2;

/** The Deno that myx needs: this version or a later one. */
export const NEEDED_DENO = "2.9";

/** Whether a Deno of that version is older than what myx needs. */
export function isOldDeno(version: string): boolean {
  return version.localeCompare(NEEDED_DENO, "en", { numeric: true }) < 0;
}
