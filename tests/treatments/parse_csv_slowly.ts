/** A csv of the columns time, m0 and note read the slow way: each record by expressions, tried line by line. */
const WIDTH = 3;

/** What parse must make of a csv; rejects are numbers and byte offsets of lines. Its text is ASCII. */
export function slowly(text: string, settled: boolean) {
  const metrics = { header: 0, blank: 0, rejected: 0, no_known_key: 0, pending: 0, accepted: 0 };
  const rejects: [number, number][] = [];
  const rows: [number, number | null][] = [];
  const lines = text.split("\n");
  const last = lines.pop()!;
  if (settled && last !== "") lines.push(last);
  const offsetOf = (i: number) => lines.slice(0, i).reduce((sum, line) => sum + line.length + 1, 0);
  const partial = !settled && last !== "";
  metrics.header = 1;
  for (let i = 1; i < lines.length;) {
    if (/^[ \t\r]*$/.test(lines[i]!)) {
      metrics.blank++;
      i++;
      continue;
    }
    let count = 1;
    let fields = readFields(lines[i]!);
    while (fields === "open" && i + count < lines.length) {
      count++;
      fields = readFields(lines.slice(i, i + count).join("\n"));
    }
    if (fields === "open" && !settled) {
      metrics.pending++;
      return { metrics, rejects, rows };
    }
    const stamp = Array.isArray(fields) && /^2026-01-20T09:07:\d\dZ?$/.test(fields[0]!) ? fields[0]! : undefined;
    if (stamp === undefined) {
      metrics.rejected++;
      rejects.push([i + 1, offsetOf(i)]);
      i++;
      continue;
    }
    const value = fields[1];
    i += count;
    if (value === undefined) {
      metrics.no_known_key++;
      continue;
    }
    metrics.accepted++;
    rows.push([Date.parse(stamp.replace(/Z?$/, "Z")) * 1000, /^\d+$/.test(value) ? Number(value) : null]);
  }
  if (partial) metrics.pending++;
  return { metrics, rejects, rows };
}

/** The fields of a record; whether it goes on in the next line, or can be none. */
function readFields(text: string): string[] | "open" | "bad" {
  const fields: string[] = [];
  let rest = text.replace(/\r+$/, "");
  for (;;) {
    if (fields.length === WIDTH) return "bad";
    if (/^[ \t]*"(?:[^"]|"")*$/.test(rest)) return "open";
    const field = /^(?:[ \t]*"(?:[^"]|"")*"[ \t]*(?=,|$)|(?![ \t]*")[^,]*)/.exec(rest)?.[0];
    if (field === undefined) return "bad";
    const blanks = /^[ \t]+|[ \t]+$/g;
    fields.push(field.replace(blanks, "").replace(/^"([^]*)"$/, "$1").replaceAll('""', '"').replace(blanks, ""));
    rest = rest.slice(field.length);
    if (rest === "") return fields;
    rest = rest.slice(1);
  }
}
