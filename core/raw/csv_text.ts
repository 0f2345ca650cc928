/**
 * Records of RFC 4180. A quote opens a field only at its start (blanks may stand before it) and is doubled to stand for
 * itself.
 */

const LF = 10, CR = 13, QUOTE = 34, TAB = 9, SPACE = 32;

/** Where in a field: before its first character, in quotes, right behind a quote that closed, in blanks behind it, else. */
const AT_START = 0, QUOTED = 1, CLOSED = 2, BEHIND = 3, WITHIN = 4;

/** A record that is not all there yet. */
export const OPEN = -1;
/** A record whose quote holds several lines together and cannot be meant to: it is never closed, or to no use. */
export const UNCLOSED = -2;

/**
 * Returns where the record that starts at `start` ends (behind its LF), `OPEN` where that lies behind `end`, `UNCLOSED`
 * where a quote stays open over a line end and more than `longest` bytes, or over a line end in a record that has text
 * behind a closing quote or more than `width` fields: a stray quote must not swallow the lines behind it.
 *
 * A line that would leave a quote open by itself can only lie within a longer record if that gets a further field in it.
 * So at most `width` records that are tried one after the other run over the same bytes.
 */
export function endOfRecord(
  bytes: Uint8Array,
  start: number,
  end: number,
  mark: number,
  longest: number,
  width: number,
): number {
  let state = AT_START;
  let fields = 1;
  let wrapped = false, broken = false;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (state === QUOTED) {
      if (c === QUOTE) state = CLOSED;
      else if (c === LF) wrapped = true;
      if (wrapped && state === QUOTED && (broken || i - start > longest)) return UNCLOSED;
    } else if (c === LF) return wrapped && broken ? UNCLOSED : i + 1;
    else if (c === mark) {
      state = AT_START;
      if (++fields > width) broken = true;
    } else if (c === QUOTE && (state === AT_START || state === CLOSED)) {
      // Behind a quote that seemed to close the field, a quote is the second of a pair.
      state = QUOTED;
    } else if (state === CLOSED || state === BEHIND) {
      if (c === SPACE || c === TAB || c === CR) state = BEHIND;
      else if (c !== 0) {
        state = WITHIN;
        broken = true;
      }
    } else if (c !== 0 && !(state === AT_START && (c === SPACE || c === TAB))) state = WITHIN;
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
