/** The one metadata key of a myx file. One key, which is all that other programs see of it. */
export const METADATA_KEY = "myx";
