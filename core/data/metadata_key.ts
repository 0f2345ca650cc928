/** The one metadata key of a myx file. One key, because parquet-wasm writes several in random order. */
export const METADATA_KEY = "myx";
