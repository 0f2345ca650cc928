/** The one metadata key of a myx file. One key, which is all that other programs see of it. */
export const METADATA_KEY = "myx";

/**
 * What myx has recorded in the metadata of a file, if it has written it.
 *
 * @throws {TypeError} If that is no JSON object.
 */
export function readMeta(metadata: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> | undefined {
  const text = metadata.get(METADATA_KEY);
  if (!text) return undefined;
  let meta: unknown;
  try {
    meta = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (typeof meta === "object" && meta && !Array.isArray(meta)) return meta as Readonly<Record<string, unknown>>;
  throw new TypeError(`what its metadata have as "${METADATA_KEY}" is no JSON object`);
}
