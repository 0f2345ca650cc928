import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Cells, checkAccounts, parseBytes, type Parsed } from "./parse_call.ts";

const DAY = "2026-01-20";
const T = `${DAY}T09:07:58Z`;

/** What becomes of one line: its fate, the values it leaves, and reasons. */
async function lineOf(line: string | Uint8Array, params: Record<string, unknown> = {}) {
  const result = await parseBytes(line, { params: { format: "kv", ...params }, tuning: { quick: true, batch: 0 } });
  const slow = await parseBytes(line, { params: { format: "kv", ...params }, tuning: { quick: false } });
  assertEquals(result, slow);
  checkAccounts(result);
  const fates = ["blank", "rejected", "out_of_bounds", "no_known_key", "accepted"].filter((fate) =>
    result.metrics[fate]
  );
  const cells: Record<string, number | null> = {};
  for (const { types, rows } of Object.values(result.files)) {
    Object.keys(types).forEach((name, i) => cells[name] = rows[0]![i + 1]!);
  }
  return { fates, cells, reasons: result.rejects.map(({ reason }) => reason) };
}

const LINES: [string, string, Record<string, number | null>, string[]][] = [
  [`${T};m0:10;m1:12;outdoor_temp:18.94`, "accepted", { m0: 10, m1: 12, outdoor_temp: 18.94 }, []],
  [`  ${T} ;\tm0 : 10 ;  m1:\t12  `, "accepted", { m0: 10, m1: 12 }, []],
  [`${T};;m0:10;;  ;m1:12;`, "accepted", { m0: 10, m1: 12 }, []],
  [`${T};m0;m1:`, "accepted", { m0: null, m1: null }, []],
  [`${T};m0:1:2`, "accepted", { m0: null }, ["not a whole number"]],
  [`${T};m0:x;m0:7`, "accepted", { m0: 7 }, []],
  [`${T};m0:7;m1:1;m0:x`, "accepted", { m0: null, m1: 1 }, ["not a whole number"]],
  [`${T};m0:7;m0:`, "accepted", { m0: null }, []],
  [`${T};m0:1\0`, "accepted", { m0: 1 }, []],
  [`2026\0-01-20T09:07:58Z;m\x000:1\x002`, "accepted", { m0: 12 }, []],
  [`${T};m:1;m1x:2;M0:3;m01:4`, "accepted", { m01: 4 }, []],
  [`${T};mo:1;température:5`, "no_known_key", {}, []],
  [T, "no_known_key", {}, []],
  [`${T};:5`, "no_known_key", {}, []],
  [`;m0:10`, "rejected", {}, ["bad timestamp"]],
  [`m0:10;${T}`, "rejected", {}, ["bad timestamp"]],
  [`${T}x;m0:10`, "rejected", {}, ["bad timestamp"]],
  [`0001-01-01T00:00:00Z;m0:10`, "rejected", {}, ["year outside 1970-2199"]],
  [`9999-12-31T00:00:00Z;m0:10`, "rejected", {}, ["year outside 1970-2199"]],
  [`${T};m0:1e999;outdoor_temp:1e999`, "accepted", { m0: null, outdoor_temp: null }, ["above 2^53", "overflow"]],
  [`${T};outdoor_temp:NaN;m0:NaN`, "accepted", { m0: null, outdoor_temp: null }, ["not a whole number"]],
  [" \t\0\r", "blank", {}, []],
];

Deno.test("parse takes kv lines apart as specified", async () => {
  for (const [line, fate, cells, reasons] of LINES) {
    for (const end of ["\n", "\r\n", "\r\r\n", "\0\n", ""]) {
      assertEquals([line, await lineOf(line + end)], [line, { fates: [fate], cells, reasons }]);
    }
  }
});

Deno.test("parse rejects a line with invalid UTF-8, says where, and reads the others", async () => {
  const good = `${T};m0:1\n`;
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, ...utf8(good), ...utf8(`${T};m0:2;\xb0:`), 0xb0, 10, ...utf8(good)]);
  const result = await parseBytes(bytes, { params: { format: "auto" } });
  assertEquals(result.rejects.map(({ line, byte_offset, reason }) => [line, byte_offset, reason]), [[
    2,
    3 + good.length,
    "invalid utf-8",
  ]]);
  assertEquals(result.metrics.accepted, 2);
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("parse looks at every byte of a line, also where it knows the keys and does not read their values", async () => {
  const plain = `${T};batt:3;m0:1\n`;
  const spoilt = [0xb0, 0xff, 0x80].flatMap((byte) => [...utf8(`${T};batt:`), byte, ...utf8(";m0:2\n")]);
  const { metrics, rejects } = await parseBytes(Uint8Array.from([...utf8(plain + plain), ...spoilt]));
  assertEquals([metrics.accepted, rejects.map(({ reason }) => reason)], [2, Array(3).fill("invalid utf-8")]);
});

Deno.test("parse tells keys apart that differ anywhere", async () => {
  const keys = ["a", "ab", "abc", "abce", "abcde", "abcdf", "abcdefgh", "abcdefgi"].sort();
  const lines = keys.flatMap((_, i) => [keys, keys.slice(i), [keys[i]!], keys.toReversed()]);
  const text = lines.map((line) => [T, ...line.map((key) => `${key}:${keys.indexOf(key)}`)].join(";")).join("\n");
  const { files } = await parseBytes(text, { params: { domains: { all: { columns: keys, dtype: "int" } } } });
  const { rows } = Object.values(files)[0]!;
  assertEquals(rows.map(([, ...row]) => row), lines.map((line) => keys.map((key, i) => line.includes(key) ? i : null)));
});

Deno.test("parse keeps where a rejected value stands and shortens its line", async () => {
  const long = `x`.repeat(5000);
  const { rejects } = await parseBytes(`${T};m0:1\n\n${T};m0:${long}\n`);
  assertEquals(rejects.length, 1);
  const [{ line, byte_offset, column, value, reason, text }] = rejects as unknown as [Record<string, string>];
  assertEquals(
    [line, byte_offset, column, reason],
    [3, T.length + 7, "m0", "not a whole number"] as unknown[] as string[],
  );
  assert(value!.length <= 301 && text!.length <= 301 && text!.startsWith(T));
});

Deno.test("parse leaves a last line without its line end to the next run until the file is settled", async () => {
  const text = `${T};m0:1\n${T};m0:2`;
  const open = await parseBytes(text, { settled: false });
  assertEquals([open.metrics.pending, open.metrics.accepted, open.metrics.lines], [1, 1, 2]);
  const settled = await parseBytes(text);
  assertEquals([settled.metrics.pending, settled.metrics.accepted], [0, 2]);
});

Deno.test("parse counts keys of no domain", async () => {
  const { metrics } = await parseBytes(`${T};m0:1;batt:3;x y:é\n${T};m0:1;batt:4\n${T};batt:\n`);
  assertEquals([metrics["unknown_key:batt"], metrics["unknown_key:x y"], metrics.no_known_key], [3, 1, 1]);
});

Deno.test("parse stays within memory and counts on a flood of unknown keys", async () => {
  const text = Array.from({ length: 3000 }, (_, i) => `${T};m0:1;k${i}x:3\n`).join("");
  const { metrics } = await parseBytes(text);
  const unknown = Object.entries(metrics).filter(([name]) => name.startsWith("unknown_key:"));
  assertEquals(unknown.length, 1001);
  assertEquals(unknown.reduce((sum, [, count]) => sum + count, 0), 3000);
});

Deno.test("parse bounds rows by from and to, both included, and reports the stamps of all", async () => {
  const at = (second: string) => `${DAY}T09:07:${second}Z;m0:x\n`;
  const { metrics, rejects } = await parseBytes(at("01") + at("02") + at("03.000001") + at("04"), {
    params: { from: `${DAY}T09:07:02Z`, to: `${DAY}T09:07:03.000001Z` },
  });
  assertEquals([metrics.out_of_bounds, metrics.accepted, metrics.value_rejects, rejects.length], [2, 2, 2, 2]);
  assertEquals([metrics.ts_min! % 60e6, metrics.ts_max! % 60e6], [1e6, 4e6]);
  const day = await parseBytes(at("01") + `2026-01-21T00:00:00Z;m0:1\n`, { params: { from: DAY, to: DAY } });
  assertEquals([day.metrics.accepted, day.metrics.out_of_bounds], [1, 1]);
});

Deno.test("parse cuts at UTC midnight, sorts stably, and gives a day the keys of its own lines", async () => {
  const { files } = await parseBytes(
    [
      "2026-01-21T00:00:00Z;m0:1;m10:2;m2:3",
      "2026-01-20T23:59:59.999999Z;m0:4",
      "2026-01-20T12:00:00Z;m0:5",
      "2026-01-20T23:59:59.999999Z;m0:6;m1:",
      "2026-01-20T13:00:00Z;outdoor_temp:",
    ].join("\n"),
  );
  assertEquals(Object.keys(files), [
    "pil-90__bio_signal__2026-01-20.parquet",
    "pil-90__bio_signal__2026-01-21.parquet",
    "pil-90__environment__2026-01-20.parquet",
  ]);
  const values = (day: string) => files[`pil-90__bio_signal__${day}.parquet`]!;
  assertEquals(values("2026-01-20").types, { m0: "int64", m1: "int64" });
  assertEquals(values("2026-01-20").rows.map(([, ...row]) => row), [[5, null], [4, null], [6, null]]);
  assertEquals(Object.keys(values("2026-01-21").types), ["m0", "m2", "m10"]);
  assertEquals(files["pil-90__environment__2026-01-20.parquet"]!.types, { outdoor_temp: "float64" });
});

Deno.test("parse writes further runs when its columns exceed the budget, with all rows in order", async () => {
  const lines = Array.from({ length: 4000 }, (_, i) => `${DAY}T${time(i % 1000)}Z;m0:${i}\n`).join("");
  const whole = await parseBytes(lines);
  const runs = await parseBytes(lines, { tuning: { budget: 20_000, chunk: 10_000 } });
  checkAccounts(runs);
  const name = `pil-90__bio_signal__${DAY}.parquet`;
  assert(Object.keys(runs.files).length > 2);
  assertEquals(
    Object.keys(runs.files).map((file) => file.replace(/^run-\d+\//, "")),
    Object.keys(runs.files).map(() => name),
  );
  const order = Object.keys(runs.files).sort((a, b) =>
    Number(a.match(/run-(\d+)/)?.[1] ?? 1) - Number(b.match(/run-(\d+)/)?.[1] ?? 1)
  );
  const merged = order.flatMap((file) => runs.files[file]!.rows).sort(([a], [b]) => a - b);
  assertEquals(merged, [...whole.files[name]!.rows]);
});

function time(second: number): string {
  return new Date(second * 1000).toISOString().slice(11, 19);
}

Deno.test("parse survives a line of 10 MB, and refuses one that is longer than allowed", async () => {
  const long = `${T}${";m0:1;m1:2;x:0".repeat(700_000)}`;
  const around = `${T};m0:3\n`;
  const read = await parseBytes(`${around}${long}\n${around}`);
  assertEquals([read.metrics.accepted, read.metrics.rejected], [3, 0]);
  for (const chunk of [1000, 2 ** 24]) {
    for (const end of ["\n", ""]) {
      const { metrics, rejects } = await parseBytes(`${around}${long}${end}`, {
        tuning: { longest: 9_000_000, chunk },
      });
      assertEquals([metrics.accepted, metrics.rejected, metrics.lines], [1, 1, 2]);
      assertEquals([rejects[0]!.line, rejects[0]!.byte_offset, rejects[0]!.reason], [
        2,
        around.length,
        "line too long",
      ]);
    }
    const open = await parseBytes(`${around}${long}`, { tuning: { longest: 9_000_000, chunk }, settled: false });
    assertEquals([open.metrics.accepted, open.metrics.pending, open.metrics.lines], [1, 1, 2]);
  }
});

Deno.test("parse refuses a line that is too long however plain it is", async () => {
  const text = `${T};m0:1\n`.repeat(3) + `${T};m0:${"0".repeat(9)}1\n${T};m0:1`;
  const { metrics, rejects } = await parseBytes(text, { tuning: { longest: 30 } });
  assertEquals([metrics.accepted, rejects.map(({ line, reason }) => [line, reason])], [4, [[4, "line too long"]]]);
});

Deno.test("parse takes any of the common delimiters", async () => {
  for (
    const [delimiter, text] of [[",", `${T},m0:1,m1:2\n`], ["\t", `${T}\tm0:1\t\tm1:2\t\n`], [
      "|",
      `${T} | m0:1 | m1:2\n`,
    ]] as const
  ) {
    const expected = { fates: ["accepted"], cells: { m0: 1, m1: 2 }, reasons: [] };
    assertEquals(await lineOf(text, { delimiter }), expected);
    if (delimiter !== "|") assertEquals(await lineOf(text, { delimiter: "auto" }), expected);
  }
});

// ---- the scanner against a second, slow implementation ----

/** Lines as devices write them, and broken in all the ways they break. */
const KEY = fc.constantFrom("m0", "m1", "m2", "m10", "m11", "outdoor_temp", "batt", "température", "m", "");
const VALUE = fc.oneof(
  fc.integer({ min: -5, max: 4095 }).map(String),
  fc.double({ min: -50, max: 50, noNaN: true }).map(String),
  fc.constantFrom(
    "",
    "x",
    "NaN",
    "1e2",
    "12.0",
    "1.5e1",
    "3.7",
    "inf",
    "1e999",
    "9007199254740993",
    "1\x002",
    " 7 ",
    "1:2",
    "+6",
  ),
);
const STAMP = fc.tuple(
  fc.constantFrom("2026-01-20", "2026-01-21", "2026-01-20", "2026-02-30", "0001-01-01"),
  fc.constantFrom("T", " ", "t"),
  fc.constantFrom("00:00:00", "09:07:58", "09:07:59", "23:59:60", "24:00:00", "9:07:58"),
  fc.constantFrom("", ".5", ",142308", ".123456789", ".1234567890"),
  fc.constantFrom("Z", "Z", "Z", "", "+01:00", "-0130", "?"),
).map((parts) => parts.join(""));
const SEGMENT = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(KEY, VALUE).map(([key, value]) => `${key}:${value}`) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "m0", "\tm1 : 5 ", "\0", "m0\0:1") },
);
const ROW = fc.tuple(STAMP, fc.array(SEGMENT, { maxLength: 6 })).map(([stamp, segments]) =>
  [stamp, ...segments].join(";")
);
const PLAIN = fc.tuple(fc.integer({ min: 0, max: 86399 }), fc.integer({ min: 0, max: 999 }), fc.boolean())
  .map(([second, value, temperature]) =>
    `2026-01-20T${time(second)}.${value}Z;m0:${value};m1:${-value};m10:7${
      temperature ? `;outdoor_temp:${value / 8}` : ""
    }`
  );
const LINE = fc.oneof(
  { weight: 6, arbitrary: PLAIN },
  { weight: 6, arbitrary: ROW },
  { weight: 1, arbitrary: fc.constantFrom("", " \t", "\0", "garbage", "\u00a0") },
);
const FILE = fc.tuple(
  fc.boolean(),
  fc.array(fc.tuple(LINE, fc.constantFrom("\n", "\n", "\r\n", "\0\n"), fc.integer({ min: 0, max: 30 })), {
    maxLength: 30,
  }),
  LINE,
).map(([bom, lines, last]) => {
  const bytes: number[] = bom ? [0xef, 0xbb, 0xbf] : [];
  for (const [line, end, spoil] of lines) {
    bytes.push(...utf8(line));
    if (spoil === 0) bytes.push(0xb0);
    bytes.push(...utf8(end));
  }
  return Uint8Array.from([...bytes, ...utf8(last)]);
});

/** Reads a file the slow way: the whole text, split, with Temporal and BigInt. */
function slowly(
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
    if (ts < from) {
      counts.out_of_bounds++;
      continue;
    }
    const pairs = new Map<string, string>();
    for (const segment of segments.filter((segment) => segment !== "")) {
      const [key, ...rest] = segment.split(":").map((part, i) => i === 0 ? part.replace(/[ \t]+$/, "") : part);
      pairs.set(key!, rest.join(":").replace(/^[ \t]+/, ""));
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

Deno.test("parse equals a slow implementation of kv lines, whatever the bytes", async () => {
  await fc.assert(
    fc.asyncProperty(FILE, fc.boolean(), fc.boolean(), async (bytes, settled, bounded) => {
      const params = { format: "kv", ...(bounded ? { from: "2026-01-20T06:00:00Z" } : {}) };
      const expected = slowly(bytes, settled, bounded ? Date.UTC(2026, 0, 20, 6) * 1000 : -Infinity);
      const result = await parseBytes(bytes, { params, settled, tuning: { batch: 0 } });
      checkAccounts(result);
      for (const [fate, count] of Object.entries(expected.metrics)) {
        assertEquals([fate, result.metrics[fate]], [fate, count]);
      }
      assertEquals(
        result.rejects.map(({ reason, column }) => column === undefined ? reason : "value"),
        expected.reasons,
      );
      assertEquals(result.files, expected.files);
    }),
    { numRuns: 250 },
  );
});

Deno.test("parse gives the same with its quick path off, with tiny buffers, and in a zone", async () => {
  const night = fc.tuple(fc.integer({ min: 0, max: 5 * 3600 }), fc.integer({ min: 0, max: 9 }))
    .map(([second, value]) => `2026-10-25T${time(second)}.5;m0:${value}`);
  const local = fc.array(fc.oneof(night, LINE), { maxLength: 40 }).map((lines) => utf8(lines.join("\n")));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(FILE, local),
      fc.constantFrom("UTC", "Europe/Paris"),
      fc.integer({ min: 1, max: 90 }),
      async (bytes, tz, chunk) => {
        const params = { format: "kv", tz };
        const plain = await parseBytes(bytes, { params, tuning: { batch: 0 } });
        assertEquals(await parseBytes(bytes, { params, tuning: { quick: false } }), plain);
        assertEquals(await parseBytes(bytes, { params, tuning: { batch: Infinity } }), plain);
        assertEquals(await parseBytes(bytes, { params, tuning: { chunk, batch: 0 } }), plain);
        checkAccounts(plain);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("parse accounts for every line of any bytes, or refuses the file", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(fc.constantFrom(...utf8(`2026-01-20T09:07:58Z;,m0:1"\r\n\0\n\n`)), { maxLength: 300 }).map((list) =>
      Uint8Array.from(list)
    ),
  );
  let refused = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom("auto", "kv", "csv"), fc.boolean(), async (bytes, format, settled) => {
      runs++;
      try {
        checkAccounts(await parseBytes(bytes, { params: { format }, settled }));
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('Cannot parse "')) throw error;
        refused++;
      }
    }),
    { numRuns: 300 },
  );
  assert(refused < runs * 0.9, `${refused} of ${runs} refused`);
});
