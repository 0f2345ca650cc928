/** The version of myx, as deno.json has it (a test keeps the two equal). */
export const VERSION = "0.1.0";

/**
 * The version of the files myx writes. A change here makes every output stale, so raise it only when equal inputs would
 * give other bytes.
 */
export const FORMAT = 2;
