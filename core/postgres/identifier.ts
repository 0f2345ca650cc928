/**
 * Writes a name as SQL, in quotes; several as a qualified name. PostgreSQL cuts names after 63 bytes without an error:
 * {@linkcode nameFault} says so before.
 *
 * @throws {TypeError} If a name is empty or has a NUL character.
 */
export function quoteName(...names: readonly string[]): string {
  return names.map((name) => {
    if (name === "" || name.includes("\0")) {
      throw new TypeError(
        `Cannot use ${JSON.stringify(name)} as a name in PostgreSQL: it is empty or has a NUL character`,
      );
    }
    return `"${name.replaceAll('"', '""')}"`;
  }).join(".");
}

const NAME_BYTES = 63;

/** Why PostgreSQL cannot keep `name` as it is; `undefined` if it can. */
export function nameFault(name: string): string | undefined {
  const { length } = new TextEncoder().encode(name);
  return length > NAME_BYTES ? `it has ${length} bytes, and PostgreSQL keeps ${NAME_BYTES}` : undefined;
}
