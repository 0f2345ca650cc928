/** Raw files of other shapes than `simulate` makes: a few minutes at a high rate, lines in disorder, files in pieces. */

/** What a recording is like. */
export interface RecordingOptions {
  readonly rateHz: number;
  readonly seconds: number;
  readonly channels: number;
  /** The value of a channel: whole, from a source of numbers in [0, 1). */
  readonly value: (second: number, channel: number, random: () => number) => number;
}

const START = Date.UTC(2026, 0, 20, 8);

/** Key:value lines, without faults; the same options and seed give the same bytes. */
export function record(path: string, seed: number, { rateHz, seconds, channels, value }: RecordingOptions): void {
  const random = numbers(seed);
  const lines: string[] = [];
  for (let i = 0; i < seconds * rateHz; i++) {
    const second = i / rateHz;
    const micros = Math.round(second * 1e6) + Math.floor(random() * 100);
    const stamp = new Date(START + Math.floor(micros / 1000)).toISOString().slice(0, -1);
    let line = `${stamp}${String(micros % 1000).padStart(3, "0")}Z`;
    for (let c = 0; c < channels; c++) line += `;m${c}:${value(second, c, random)}`;
    lines.push(`${line};outdoor_temp:${(8 + 3 * Math.sin(second / 900) + random() / 5).toFixed(2)}\n`);
  }
  Deno.writeTextFileSync(path, lines.join(""));
}

/** A shell that opens and closes, with a count of noise. */
export function valve(second: number, channel: number, random: () => number): number {
  return Math.round(300 + 10 * (channel % 12) + 60 * Math.sin(second / 400 + channel) + 2 * random());
}

/** Puts the lines of a file into another order. */
export function shuffle(path: string, seed: number): void {
  const random = numbers(seed);
  const lines = linesOf(path);
  for (let i = lines.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [lines[i], lines[j]] = [lines[j]!, lines[i]!];
  }
  writeLines(path, lines);
}

/** Joins all files of a folder into its first. */
export function join(folder: string): void {
  const [first, ...others] = files(folder);
  for (const other of others) {
    Deno.writeFileSync(first!, Deno.readFileSync(other), { append: true });
    Deno.removeSync(other);
  }
}

/** Cuts a file into pieces of as many lines each, in order of name. */
export function cut(path: string, pieces: number): void {
  const lines = linesOf(path);
  const width = String(pieces).length;
  for (let i = 0; i < pieces; i++) {
    const piece = lines.slice(Math.floor(i * lines.length / pieces), Math.floor((i + 1) * lines.length / pieces));
    writeLines(path.replace(/\.csv$/, `_${String(i).padStart(width, "0")}.csv`), piece);
  }
  Deno.removeSync(path);
}

/** Paths of the files of a folder, in order of name. */
export function files(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).sort();
}

/** Lines as Latin-1, one character a byte: what is no UTF-8 stays as it is. */
function linesOf(path: string): string[] {
  return new TextDecoder("latin1").decode(Deno.readFileSync(path)).split("\n").slice(0, -1);
}

function writeLines(path: string, lines: readonly string[]): void {
  const text = lines.map((line) => line + "\n").join("");
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  Deno.writeFileSync(path, bytes);
}

/** Mulberry32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
