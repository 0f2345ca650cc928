/**
 * Records of RFC 4180. A quote opens a field only at its start (blanks may stand before it) and is doubled to stand for
 * itself.
 */

const LF = 10, QUOTE = 34, TAB = 9, SPACE = 32;

/** Where in a field: before its first character, in quotes, right behind a quote that closed, anywhere else. */
const AT_START = 0, QUOTED = 1, CLOSED = 2, WITHIN = 3;

/** A record that is not all there yet. */
export const OPEN = -1;
/** A record whose quote is never closed. */
export const UNCLOSED = -2;

/**
 * Returns where the record that starts at `start` ends (behind its LF), `OPEN` where that lies behind `end`, `UNCLOSED`
 * where a quote stays open over a line end and more than `longest` bytes: a stray quote must not swallow the file.
 */
export function endOfRecord(bytes: Uint8Array, start: number, end: number, mark: number, longest: number): number {
  let state = AT_START;
  let wrapped = false;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (state === QUOTED) {
      if (c === QUOTE) state = CLOSED;
      else if (c === LF) wrapped = true;
      if (wrapped && state === QUOTED && i - start > longest) return UNCLOSED;
    } else if (c === LF) return i + 1;
    else if (c === mark) state = AT_START;
    // Behind a quote that seemed to close the field, a quote is the second of a pair.
    else if (c === QUOTE && (state === AT_START || state === CLOSED)) state = QUOTED;
    else if (c !== 0 && !(state === AT_START && (c === SPACE || c === TAB))) state = WITHIN;
  }
  return OPEN;
}

/** The fields of a record, blanks around them cut off; or the reason why it cannot be used. */
export function splitRecord(text: string, delimiter: string): string[] | string {
  const fields: string[] = [];
  for (let at = 0;;) {
    while (isBlank(text[at], delimiter)) at++;
    let field: string;
    if (text[at] === '"') {
      field = "";
      for (at++;; at++) {
        const quote = text.indexOf('"', at);
        if (quote < 0) return "unclosed quote";
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
      }
      while (isBlank(text[at], delimiter)) at++;
      if (at < text.length && text[at] !== delimiter) return "text behind a closing quote";
    } else {
      const end = text.indexOf(delimiter, at);
      field = end < 0 ? text.slice(at) : text.slice(at, end);
      at += field.length;
    }
    fields.push(trim(field, delimiter));
    if (at >= text.length) return fields;
    at++;
  }
}

function isBlank(character: string | undefined, delimiter: string): boolean {
  return (character === " " || character === "\t") && character !== delimiter;
}

function trim(text: string, delimiter: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start], delimiter)) start++;
  while (end > start && isBlank(text[end - 1], delimiter)) end--;
  return text.slice(start, end);
}
