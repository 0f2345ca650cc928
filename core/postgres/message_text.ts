/** Messages that bring SQL: Query and Parse. */
const QUERIES = new Set([..."QP"].map((type) => type.charCodeAt(0)));
const BODY_AT = 5;
const COMMENTS = /--[^\n]*|\/\*.*?\*\//gs;

/** The SQL that a message of PostgreSQL's protocol brings, if it does; that of a Parse behind its statement's name and a zero. */
export function textOf(message: Uint8Array): string | undefined {
  return QUERIES.has(message[0]!) ? new TextDecoder().decode(message.subarray(BODY_AT)) : undefined;
}

/** SQL with a space for each comment. What looks like one in a text goes, too. */
export function withoutComments(text: string): string {
  return text.replace(COMMENTS, " ");
}
