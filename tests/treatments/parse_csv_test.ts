import { assert, assertEquals, assertRejects } from "@std/assert";
import { parse as parseCsv } from "@std/csv/parse";
import fc from "fast-check";
import { endOfRecord, OPEN, splitRecord, UNCLOSED } from "../../core/raw/csv_text.ts";
import { checkAccounts, parseBytes } from "./parse_call.ts";

const T = "2026-01-20T09:07:58";

const CSV = { format: "csv", delimiter: "auto" };

async function parsed(text: string, params: Record<string, unknown> = {}, settled = true) {
  const result = await parseBytes(text, { params: { ...CSV, ...params }, settled });
  checkAccounts(result);
  const { types, rows } = result.files["pil-90__bio_signal__2026-01-20.parquet"] ?? { types: {}, rows: [] };
  return { ...result, names: Object.keys(types), cells: rows.map(([, ...cells]) => cells) };
}

Deno.test("parse reads csv by its header, empty fields as null, short rows as lacking keys", async () => {
  const { names, cells, metrics } = await parsed(`time,m0,m1,m2\n${T}Z,1,,3\n${T}Z,4\n\n${T}Z,,,\n`);
  assertEquals(names, ["m0", "m1", "m2"]);
  assertEquals(cells, [[1, null, 3], [4, null, null], [null, null, null]]);
  assertEquals([metrics.header, metrics.blank, metrics.accepted, metrics.lines], [1, 1, 3, 5]);
});

Deno.test("parse gives a day no column of which its own rows lack the field", async () => {
  const { names, metrics } = await parsed(`time,m0,m1\n${T}Z,1\n`);
  assertEquals([names, metrics.accepted], [["m0"], 1]);
});

Deno.test("parse reads all columns of a csv, however many there are", async () => {
  const values = Array.from({ length: 300 }, (_, i) => i);
  const text = `time;${values.map((i) => `m${i}`).join(";")}\n${T}Z;${values.join(";")}\n`;
  const { files } = await parseBytes(text, { params: CSV });
  assertEquals(Object.values(files)[0]!.rows.map(([, ...cells]) => cells), [values]);
});

Deno.test("parse rejects a long row and text behind a closing quote", async () => {
  const { rejects, metrics } = await parsed(`time,m0\n${T}Z,1,2\n${T}Z,1,\n${T}Z,"1"x\n${T}Z,"1"\n`);
  assertEquals(rejects.map(({ line, reason }) => [line, reason]), [
    [2, "long row"],
    [3, "long row"],
    [4, "text behind a closing quote"],
  ]);
  assertEquals(metrics.accepted, 1);
});

Deno.test("parse trims and unquotes header names and fields, and passes over columns without a name", async () => {
  const { names, cells, metrics } = await parsed(`\ufeff"time" , "m0",\t m1 ,\r\n ${T}Z , " 1" , 2 ,\r\n`);
  assertEquals([names, cells], [["m0", "m1"], [[1, 2]]]);
  assertEquals(Object.keys(metrics).filter((name) => name.startsWith("unknown")), []);
});

Deno.test("parse counts a record over several lines as one line and numbers lines as an editor does", async () => {
  const { metrics, rejects } = await parsed(`time,note,m0\n${T}Z,"a\r\n""b""\n",1\n${T}Z,c,x\n`);
  assertEquals([metrics.lines, metrics.header, metrics.accepted, metrics["unknown_key:note"]], [3, 1, 2, 2]);
  assertEquals(rejects.map(({ line, byte_offset, column }) => [line, byte_offset, column]), [[5, 48, "m0"]]);
});

Deno.test("parse drops NUL bytes of csv before it looks at quotes", async () => {
  const { cells, metrics } = await parsed(`time,note,m0\n${T}Z,"a"\0"\n",\x001\0\n\0"${T}Z",\0,2\n`);
  assertEquals([cells, metrics.rejected], [[[1], [2]], 0]);
});

Deno.test("parse loses one line, not the file, to a quote that is never closed", async () => {
  const rows = Array.from({ length: 50 }, (_, i) => `${T}Z,${i}\n`).join("");
  for (const tuning of [{}, { longestQuoted: 100 }, { longestQuoted: 100, chunk: 7 }]) {
    const result = await parseBytes(`time,m0\n${T}Z,"1\n${rows}`, { params: CSV, tuning });
    checkAccounts(result);
    assertEquals(result.rejects.map(({ line, reason }) => [line, reason]), [[2, "unclosed quote"]]);
    assertEquals(result.metrics.accepted, 50);
  }
  const { metrics } = await parsed(`time,m0\n${T}Z,"1\n${T}Z,2\n`);
  assertEquals([metrics.lines, metrics.blank, metrics.rejected, metrics.accepted], [3, 0, 1, 1]);
  // A quote far behind must not be taken for the one that closes.
  const far = `time,m0\n${T}Z,"1\n${rows}${T}Z,"50"\n`;
  const result = await parseBytes(far, { params: CSV, tuning: { longestQuoted: 100 } });
  assertEquals([result.metrics.accepted, result.metrics.rejected], [51, 1]);
  const open = await parsed(`time,m0\n${T}Z,"1\n${rows}`, {}, false);
  assertEquals([open.metrics.lines, open.metrics.header, open.metrics.pending], [2, 1, 1]);
});

Deno.test("parse reads stamps from a named column or from six", async () => {
  const named = await parsed(`m0;when\n1;${T}Z\n2;\n`, { time_columns: ["when"] });
  assertEquals([named.cells, named.rejects.map(({ reason }) => reason)], [[[1]], ["bad timestamp"]]);
  const header = "Year;Month;Day;Hour;Minute;Second;m0";
  const time_columns = ["Year", "Month", "Day", "Hour", "Minute", "Second"];
  const bad = ["2026;1", "2026;001;20;9;7;58;3", "2026;1;20;9;61;0;3"];
  // The row in front of the short one is read as text, which must not leave its parts behind either.
  const good = ["2026;1;20;9;7;58.25;1", "2026;01;20;09;08;00,5;2", "2026;1;20;9;8;1;x"];
  const six = await parseBytes([header, ...good, ...bad].join("\n"), { params: { ...CSV, time_columns } });
  const [file] = Object.values(six.files);
  const stamp = (minute: number, second: number) => Date.UTC(2026, 0, 20, 9, minute, second) * 1e3;
  assertEquals(file!.rows, [[stamp(7, 58) + 25e4, 1], [stamp(8, 0) + 5e5, 2], [stamp(8, 1), null]]);
  assertEquals(six.rejects.map(({ line, reason }) => [line, reason]), [
    [4, "not a whole number"],
    ...[5, 6, 7].map((line) => [line, "bad timestamp"]),
  ]);
});

Deno.test("parse says what is wrong with a header", async () => {
  const cases: [string, Record<string, unknown>, string][] = [
    [`time,m0,m1,m0\n`, {}, 'its header names "m0" more than once'],
    [`time,m0\n`, { time_columns: ["Time"] }, 'its header has no time column "Time", only "time", "m0"'],
    [`time,m0\n${T}Z,1\n`, { delimiter: ";" }, 'its header has no ";", but ","'],
    [`${T}Z,1\n`, {}, "its first line starts with a time stamp where the header should be"],
    [`time,"m0\n${T}Z,1\n`, {}, "its header line cannot be read: unclosed quote"],
  ];
  for (const [text, params, message] of cases) {
    const error = await assertRejects(() => parsed(text, params), TypeError);
    assert(
      error.message.startsWith('Cannot parse "pil-90_2026-01-20.csv"') && error.message.includes(message),
      error.message,
    );
  }
  const latin1 = new Uint8Array([
    ...new TextEncoder().encode("time,T ("),
    0xb0,
    ...new TextEncoder().encode(`C)\n${T}Z,1\n`),
  ]);
  await assertRejects(() => parseBytes(latin1, { params: CSV }), TypeError, "its header line is not UTF-8");
});

Deno.test("parse tells kv from csv, and the delimiter, by the first lines", async () => {
  const cases: [string, Record<string, unknown>, number][] = [
    [`\n${T}Z;m0:1\n`, {}, 1],
    [`${T}Z,m0:1\n`, { delimiter: "auto" }, 1],
    [`${T},25Z;m0:1,5\n`, { delimiter: "auto" }, 1],
    [`${T}Z\tm0:1\n`, { delimiter: "auto" }, 1],
    [`m5:7;m6:8\n${T}Z;m0:1\n${T}Z;m0:2\n`, {}, 2],
    [`time;m0\n${T}Z;1\n`, {}, 1],
    [`time\tm0\n${T}Z\t1\n`, { delimiter: "auto" }, 1],
    [`time,"m0;m1",m0\n${T}Z,x,1\n`, { delimiter: "auto" }, 1],
    [`${T}Z\n`, {}, 0],
    [``, {}, 0],
    [`\n \n\0\n`, {}, 0],
  ];
  for (const [text, params, accepted] of cases) {
    const result = await parseBytes(text, { params: { format: "auto", ...params } });
    checkAccounts(result);
    assertEquals([text, result.metrics.accepted], [text, accepted]);
    assertEquals(Object.keys(result.files).length > 0, accepted > 0);
  }
  const headless = () => parseBytes(`${T}Z,1,2\n`, { params: { format: "auto", delimiter: "auto" } });
  await assertRejects(headless, TypeError, "it looks like csv without a header line");
  const comma = () => parseBytes(`${T}Z,m0:1\n`, { params: { format: "auto" } });
  await assertRejects(comma, TypeError, 'its fields are separated by ","');
});

Deno.test("parse takes no data line for a header", async () => {
  const auto = (text: string, params: Record<string, unknown> = {}) =>
    parseBytes(text, { params: { format: "auto", delimiter: ";", ...params } });
  for (
    const [text, params] of [
      ["2026-01-20T10:00Z;m0:1\n".repeat(3), {}],
      ["2026-01-20T10:00Z,m0:1\n".repeat(3), { delimiter: "auto" }],
      ["1768903200;m0:1;outdoor_temp:3\n".repeat(3), {}],
      ["nonsense\n".repeat(3), {}],
      ["nonsense\n".repeat(3), { delimiter: "auto" }],
    ] as const
  ) {
    const result = await auto(text, params);
    checkAccounts(result);
    assertEquals([text, result.metrics.header, result.metrics.rejected], [text, 0, 3]);
    assertEquals(result.warnings.length, 1);
  }
  const advice = "names no columns; make the line that names them the first one";
  for (const line of ["1768903200;18.5;3", "2026-01-20T10:00Z;18.5", "20/01/2026 10:00 AM;1", "1768903200"]) {
    const params = { format: "csv", delimiter: ";" };
    await assertRejects(() => parseBytes(`${line}\n`.repeat(3), { params }), TypeError, advice);
    if (line.includes(";")) await assertRejects(() => auto(`${line}\n`.repeat(3)), TypeError, advice);
  }
  await assertRejects(
    () => parsed(`nonsense\n${T}Z\n`),
    TypeError,
    'as csv: its first line, "nonsense", names only one',
  );
  const late = () => auto(`Logger 7\ntime;m0\n${T}Z;1\n`);
  await assertRejects(late, TypeError, "make the line that names the columns the first one");
  const pairs = await auto(`time;T:raw\n${T}Z;1\n`);
  assertEquals([pairs.metrics.header, pairs.metrics["unknown_key:T:raw"]], [1, 1], "a header may have colons");
});

Deno.test("parse warns of a file of which it could use nothing, and of no other", async () => {
  const warned = async (text: string, params: Record<string, unknown> = {}) =>
    (await parseBytes(text, { params: { format: "auto", delimiter: ";", ...params } })).warnings;
  assertEquals(await warned("\n2026-01-20T10:00Z;m0:1\n2026-01-20;m0:1\n"), [
    "Nothing could be used of its 2 lines: the first reject is line 2, bad timestamp: 2026-01-20T10:00Z;m0:1; " +
    "expected a time such as 2026-01-20T10:00:00Z at its beginning; where a logger writes others, let a treatment of your own " +
    "rewrite them first",
  ]);
  assertEquals(await warned("Date;m0\n20.01.2026 10:00:00;1\n"), [
    "Nothing could be used of its 2 lines: the first reject is line 2, bad timestamp: 20.01.2026 10:00:00;1; " +
    "expected a time such as 2026-01-20T10:00:00Z in the first column, or in those that the param time_columns names; " +
    "where a logger writes others, let a treatment of your own rewrite them first",
  ]);
  assertEquals(await warned(`${T}Z;x:1\n`), [
    "Nothing could be used of its 1 line: none has a key of a domain; see the param domains",
  ]);
  assertEquals(await warned(`${T}Z;m0:1\nnonsense\n`), []);
  assertEquals(await warned("\n \n"), []);
  assertEquals(await warned("time;m0\n"), [], "a header that waits for its rows");
  assertEquals(await warned(`${T}Z;m0:1\nnonsense\n`, { from: "2027-01-01" }), [], "out of bounds is as asked");
});

Deno.test("parse leaves a header without its line end to the next run", async () => {
  const { metrics, files } = await parsed("time,m0", {}, false);
  assertEquals([metrics.lines, metrics.pending, Object.keys(files)], [1, 1, []]);
});

const SPECTRUM = new URL("../../../shared/data/csv-spectrum/", import.meta.url);
const hasSpectrum = (() => {
  try {
    return Deno.statSync(SPECTRUM).isDirectory;
  } catch {
    return false;
  }
})();

/** Cuts text into records of fields with the two functions that parse uses. */
function records(text: string): (string[] | string)[] {
  const bytes = new TextEncoder().encode(text.endsWith("\n") ? text : `${text}\n`);
  const found: (string[] | string)[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = endOfRecord(bytes, start, bytes.length, 44, 1e6, Infinity);
    assert(end !== OPEN && end !== UNCLOSED);
    found.push(splitRecord(new TextDecoder().decode(bytes.subarray(start, end)).replace(/\r?\n$/, ""), ","));
    start = end;
  }
  return found;
}

Deno.test({
  name: "splitRecord() reads all of csv-spectrum",
  ignore: !hasSpectrum,
  fn() {
    const names = [...Deno.readDirSync(new URL("csvs/", SPECTRUM))].map(({ name }) => name.replace(".csv", ""));
    assert(names.length >= 11);
    for (const name of names) {
      const [header, ...rows] = records(Deno.readTextFileSync(new URL(`csvs/${name}.csv`, SPECTRUM)));
      const expected = JSON.parse(Deno.readTextFileSync(new URL(`json/${name}.json`, SPECTRUM)));
      const actual = rows.map((row) => Object.fromEntries((row as string[]).map((field, i) => [header![i], field])));
      assertEquals([name, actual], [name, expected]);
    }
  },
});

Deno.test("splitRecord() equals a csv library on quoted fields", () => {
  const field = fc.array(fc.constantFrom("a", '"', ",", "\n", "\r\n", "é", "1"), { maxLength: 6 }).map((list) =>
    list.join("")
  );
  fc.assert(
    fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 }), (rows) => {
      const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")).join("\n") +
        "\n";
      // Blanks at the ends are trimmed; line ends are not blanks.
      assertEquals(records(text), rows);
      const library: unknown = parseCsv(text, { fieldsPerRecord: -1 });
      assertEquals(library, rows.map((row) => row.map((value) => value.replaceAll("\r\n", "\n"))));
    }),
  );
});

Deno.test("splitRecord() takes a quote within a field as it is", () => {
  assertEquals(records(`a""b,c"d"\n"x"\n`), [['a""b', 'c"d"'], ["x"]]);
});

Deno.test("parse gives the same csv with its quick path off and with tiny buffers", async () => {
  const cell = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -9, max: 4095 }).map(String) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("", " 7 ", '"8"', '"9\n"', "x", '"', 'a"b', "3.5", "1e1", "é", "\0", "12.0"),
    },
  );
  const two = (most: number) => fc.integer({ min: 0, max: most }).map(String);
  const row = (stamp: fc.Arbitrary<string>) =>
    fc.tuple(
      stamp,
      fc.array(cell, { minLength: 2, maxLength: 5 }),
      fc.constantFrom("\n", "\n", "\r\n"),
      fc.integer({ min: 0, max: 9 }),
    ).map(([start, cells, end, cut]) => (cut === 0 ? start.slice(0, 9) : [start, ...cells].join(";")) + end);
  const one = fc.tuple(two(59), fc.constantFrom("", ".25", ",5", "Z", ".5Z", '"')).map(([s, end]) =>
    `${end === '"' ? '"' : ""}2026-10-25T02:07:${s.padStart(2, "0")}${end}`
  );
  const six = fc.tuple(two(13), two(32), two(25), two(60), two(61), fc.constantFrom("", ".5", ",25", "x"))
    .map(([month, day, hour, minute, second, end]) => `2026;${month};${day};${hour};${minute};${second}${end}`);
  const file = (header: string, stamp: fc.Arbitrary<string>) =>
    fc.array(row(stamp), { maxLength: 20 }).map((rows) => `${header};m0;note;outdoor_temp;m1\n${rows.join("")}`);
  const time_columns = ["y", "mo", "d", "h", "mi", "s"];
  const any = fc.oneof(
    file("time", one).map((text) => ({ text, params: {} })),
    file("y;mo;d;h;mi;s", six).map((text) => ({ text, params: { time_columns } })),
  );
  await fc.assert(
    fc.asyncProperty(
      any,
      fc.constantFrom("UTC", "Europe/Paris"),
      fc.integer({ min: 1, max: 60 }),
      async (given, tz, chunk) => {
        const params = { format: "csv", delimiter: ";", tz, ...given.params };
        const plain = await parseBytes(given.text, { params });
        checkAccounts(plain);
        assertEquals(await parseBytes(given.text, { params, tuning: { quick: false } }), plain);
        assertEquals(await parseBytes(given.text, { params, tuning: { chunk } }), plain);
      },
    ),
    { numRuns: 150 },
  );
});
