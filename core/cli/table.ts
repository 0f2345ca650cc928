/** Characters in a line of prose. */
export const WIDTH = 100;

/**
 * Lays out rows in columns two spaces apart. Columns named in `right` (by index) are numbers, set to the right. A cell
 * longer than `limit` moves the rest of its own line alone.
 *
 * @returns Lines without trailing spaces, not ended by a newline.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  limit = Infinity,
): string {
  const widths: number[] = [];
  const isShort = ({ length }: string) => length <= limit;
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, isShort(cell) ? cell.length : 0));
  }
  return rows.map((row) =>
    row.map((cell, i) => right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)).join("  ").trimEnd()
  ).join("\n");
}

/** A count, rounded, with thousands set apart: `172,800`. Not by way of `Intl`, which takes 8 ms to wake up. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A time span as people read it: `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Breaks text at spaces into lines of at most `width`, longer words left whole; its own line ends count as spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
