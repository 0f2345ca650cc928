/** The rules of kv lines, and of the days and files that they end in. */
import { assert, assertEquals } from "@std/assert";
import { checkAccounts, parseBytes, utf8 } from "./parse_call.ts";

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

Deno.test("parse puts quality flags behind the data, as they stand in a day that is joined from several files", async () => {
  const columns = ["temp", "quality_flag", "depth__flag", "depth"];
  const { files } = await parseBytes("2026-01-20T00:00:00Z;quality_flag:0;depth__flag:4;temp:5;depth:7\n", {
    params: { domains: { environment: { columns, dtype: "int" } } },
  });
  const { types, rows } = files["pil-90__environment__2026-01-20.parquet"]!;
  assertEquals(Object.keys(types), ["depth", "temp", "depth__flag", "quality_flag"]);
  assertEquals(rows[0]!.slice(1), [7, 5, 4, 0]);
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

Deno.test("a line that lost its end is not given the values of the next one, wherever it was cut", async () => {
  const torn = "2026-01-20T09:07:58.142308Z;m0:10;batt:3.7;m1:12;fix:2026-01-20T09:07:57Z;batt2:3.71";
  // The usual, and a line of what comes last on others, which goes on as a line may.
  for (const rest of [";m0:7;batt:3.6;m1:8;batt2:3.7;outdoor_temp:19.5", ";outdoor_temp:19.5"]) {
    const next = `2026-01-20T09:09:00Z${rest}\n`;
    const before = `2026-01-20T09:09:00Z;m0:1;batt:3;m1:2;fix:1;batt2:3;outdoor_temp:1\n`.repeat(3);
    for (let cut = 1; cut <= torn.length; cut++) {
      const cutOff = torn.slice(0, cut);
      // There the stamp behind it is a value like any other.
      if (/;(batt2?|fix):$/.test(cutOff)) continue;
      for (const quick of [true, false]) {
        const options = { tuning: { quick, batch: 0 } };
        const { metrics, rejects, files } = await parseBytes(`${before}${cutOff}${next}${next}`, options);
        assertEquals([metrics.rejected, metrics.accepted], [1, 4], cutOff);
        assertEquals(rejects[0]!.reason, cut <= 27 ? "bad timestamp" : "second timestamp", cutOff);
        for (const { rows } of Object.values(files)) assertEquals(new Set(rows.map(([ts]) => ts)).size, 1, cutOff);
      }
    }
  }
});

Deno.test("a stamp may be the value of a key of no domain, and of no other", async () => {
  const line = (rest: string) => `2026-01-20T09:07:58Z;m0:1${rest}\n`;
  const fix = ";fix:2026-01-20 09:07:57.5+01:00;at:9:07";
  const { metrics, rejects, files } = await parseBytes(
    line(";m1:2") + line(fix) + line(fix) + line(";m1:2026-01-20T09:07:57Z") + line(";fix:ok 2026-01-20T09:07:57Z"),
  );
  assertEquals([metrics.accepted, metrics["unknown_key:fix"], metrics["unknown_key:at"]], [3, 2, 2]);
  assertEquals(rejects.map(({ line, reason }) => [line, reason]), [[4, "second timestamp"], [5, "second timestamp"]]);
  assertEquals(files["pil-90__bio_signal__2026-01-20.parquet"]!.rows.map(([, ...cells]) => cells), [
    [1, 2],
    [1, null],
    [1, null],
  ]);
});
