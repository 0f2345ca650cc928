import type { Cells, Parsed } from "./parse_call.ts";

/** What parse makes of a file of kv lines, the slow way: the whole text, split, with regular expressions and Temporal. */
export function slowly(
  bytes: Uint8Array,
  settled: boolean,
  from: number,
): Pick<Parsed, "metrics" | "files"> & { reasons: string[] } {
  const counts = { header: 0, blank: 0, rejected: 0, out_of_bounds: 0, no_known_key: 0, pending: 0, accepted: 0 };
  const reasons: string[] = [];
  const days = new Map<string, { ts: number; cells: Record<string, number | null> }[]>();
  const hex = [...bytes].map((byte) => String.fromCharCode(byte)).join("").replace(/^\xef\xbb\xbf/, "");
  const lines = hex.split("\n");
  const last = lines.pop()!;
  if (last !== "") settled ? lines.push(last) : counts.pending++;
  const domains = { bio_signal: /^m\d+$/, environment: /^outdoor_temp$/ };
  for (const line of lines) {
    const cleaned = line.replaceAll("\0", "").replace(/\r+$/, "");
    if (/^[ \t\r]*$/.test(cleaned)) {
      counts.blank++;
      continue;
    }
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(cleaned, (c) => c.charCodeAt(0)));
    } catch {
      counts.rejected++;
      reasons.push("invalid utf-8");
      continue;
    }
    const [stamp, ...segments] = text.split(";").map((segment) => segment.replace(/^[ \t]+|[ \t]+$/g, ""));
    const ts = slowStamp(stamp!);
    if (typeof ts === "string") {
      counts.rejected++;
      reasons.push(ts);
      continue;
    }
    const pairs = new Map<string, string>();
    let joined = false;
    for (const segment of segments.filter((segment) => segment !== "")) {
      const [key, ...rest] = segment.split(":").map((part, i) => i === 0 ? part.replace(/[ \t]+$/, "") : part);
      const value = rest.join(":").replace(/^[ \t]+/, "");
      const isOwn = Object.values(domains).some((pattern) => pattern.test(key!));
      joined ||= SECOND.test(segment) && (isOwn || !WHOLE.test(value));
      pairs.set(key!, value);
    }
    if (joined) {
      counts.rejected++;
      reasons.push("second timestamp");
      continue;
    }
    if (ts < from) {
      counts.out_of_bounds++;
      continue;
    }
    let known = false;
    for (const [domain, pattern] of Object.entries(domains)) {
      const own = [...pairs].filter(([key]) => pattern.test(key));
      if (own.length === 0) continue;
      known = true;
      const cells: Record<string, number | null> = {};
      for (const [key, value] of own) {
        const number = domain === "bio_signal" ? slowInt(value) : slowFloat(value);
        if (typeof number === "string") reasons.push("value");
        cells[key] = typeof number === "string" ? null : number;
      }
      const name = `pil-90__${domain}__${new Date(Math.floor(ts / 1000)).toISOString().slice(0, 10)}.parquet`;
      days.set(name, [...days.get(name) ?? [], { ts, cells }]);
    }
    counts[known ? "accepted" : "no_known_key"]++;
  }
  const files: Record<string, Cells> = {};
  for (const [name, rows] of [...days].sort(([a], [b]) => a < b ? -1 : 1)) {
    const names = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
    names.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
    files[name] = {
      types: Object.fromEntries(names.map((column) => [column, name.includes("bio") ? "int64" : "float64"])),
      rows: rows.map(({ ts, cells }): Cells["rows"][number] => [ts, ...names.map((column) => cells[column] ?? null)])
        .sort(([a], [b]) => a - b),
    };
  }
  return { metrics: counts, files, reasons };
}

const SECOND = /\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d/;
const WHOLE = new RegExp(`^${SECOND.source}([.,]\\d{0,9})?(z|[+-]\\d\\d:?\\d\\d)?$`, "i");

function slowStamp(text: string): number | string {
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(?:[.,](\d{0,9}))?(Z|z|[+-]\d\d:?\d\d|)$/.exec(text);
  if (!match) return "bad timestamp";
  const [, date, minute, second, fraction, zone] = match;
  try {
    const leap = second === "60" ? 1_000_000 : 0;
    const instant = Temporal.Instant.from(
      `${date}T${minute}${leap ? "59" : second}${zone === "" ? "Z" : zone!.toUpperCase()}`,
    );
    const ts = instant.epochMilliseconds * 1000 + leap + Number(`${fraction ?? ""}000000`.slice(0, 6));
    return ts >= 0 && ts < 7258118400e6 ? ts : "year outside 1970-2199";
  } catch {
    return "bad timestamp";
  }
}

function slowInt(text: string): number | string | null {
  if (text === "") return null;
  if (!/^[+-]?\d+\.?\d*(e[+-]?\d+)?$/i.test(text) || !Number.isInteger(Number(text))) return "value";
  return Math.abs(Number(text)) > 2 ** 53 || text === "9007199254740993" ? "value" : Number(text) + 0;
}

function slowFloat(text: string): number | string | null {
  if (text === "" || text === "NaN") return null;
  return /^[+-]?\d+\.?\d*(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : "value";
}
