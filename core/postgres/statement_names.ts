/** The parts of a message of PostgreSQL's protocol: its type, then its length, then the rest. */
const LENGTH_AT = 1;
const BODY_AT = 5;

const [PARSE, BIND, DESCRIBE, CLOSE, STATEMENT] = [..."PBDCS"].map((type) => type.charCodeAt(0));

/** What the names of a client's prepared statements begin with. */
export function statementPrefix(client: number): string {
  return `client${client}_`;
}

/**
 * A message with `prefix` before the name of the prepared statement that it is about, if it is about one that has a name:
 * clients that share a session would find, and run, each other's.
 */
export function prefixStatement(message: Uint8Array, prefix: string): Uint8Array {
  const at = nameAt(message);
  if (at === undefined || !message[at]) return message;
  const inserted = new TextEncoder().encode(prefix);
  const out = new Uint8Array(message.length + inserted.length);
  out.set(message.subarray(0, at));
  out.set(inserted, at);
  out.set(message.subarray(at), at + inserted.length);
  // The length counts all but the type.
  new DataView(out.buffer).setUint32(LENGTH_AT, out.length - LENGTH_AT);
  return out;
}

/** Where the name begins. */
function nameAt(message: Uint8Array): number | undefined {
  const type = message[0];
  if (type === PARSE) return BODY_AT;
  // Behind the name of the portal.
  if (type === BIND) return message.indexOf(0, BODY_AT) + 1;
  return (type === DESCRIBE || type === CLOSE) && message[BODY_AT] === STATEMENT ? BODY_AT + 1 : undefined;
}
