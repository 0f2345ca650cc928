import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { TimeUnit } from "apache-arrow";
import type { Table } from "myx";
import { type CallOptions, type Input, runTreatment } from "../harness.ts";
import { listNames } from "../../treatments/exportnour/ranges.ts";
import { wallClock } from "./wall_clock.ts";
import { writeOther } from "../core/parquet/other_writer.ts";
import { parseColumns } from "../../treatments/exportnour/columns.ts";

const PARTITION: CallOptions = { partition: { source: "EXP_1" } };
const C0 = { m0__raw__mean: "c0" };

const fileOf = (day: string, domain = "bio_signal", window = "10s") => `EXP_1__${domain}__${day}__${window}.parquet`;

/** A table of rows `step` seconds apart from `from` (RFC 3339); values are made by row number. */
function grid(
  from: string,
  rows: number,
  step: number,
  columns: Record<string, (row: number) => number | null>,
): Table {
  return {
    ts: Float64Array.from({ length: rows }, (_, i) => Date.parse(from) * 1e3 + Math.round(i * step * 1e6)),
    columns: Object.entries(columns).map(([name, value]) => ({
      name,
      type: "float64",
      values: Float64Array.from({ length: rows }, (_, i) => value(i) ?? NaN),
    })),
  };
}

async function exportOne(input: Input, params: Record<string, unknown> = {}) {
  const outcome = await runTreatment("exportnour", input, params, PARTITION);
  assertEquals(outcome.names.length, 1);
  const text = outcome.text(outcome.names[0]!);
  assert(text.endsWith("\n") && !text.includes("\r"));
  return { ...outcome, name: outcome.names[0]!, lines: text.slice(0, -1).split("\n") };
}

Deno.test("exportnour writes m0..m11 as whole numbers c0..c11 with local Paris time by default", async () => {
  const columns = Object.fromEntries(
    Array.from({ length: 12 }, (_, c) => [`m${c}__raw__mean`, (row: number) => row === 1 ? null : c + 0.5]),
  );
  const { name, lines, warnings } = await exportOne({
    [fileOf("2026-01-20")]: grid("2026-01-20T09:00:00Z", 2, 10, columns),
  });
  assertEquals(name, "EXP_1__bio_signal__10s__2026-01-20_2026-01-20.csv");
  assertEquals(lines, [
    "Time;c0;c1;c2;c3;c4;c5;c6;c7;c8;c9;c10;c11",
    "2026-01-20 10:00:00;0;2;2;4;4;6;6;8;8;10;10;12",
    "2026-01-20 10:00:10;;;;;;;;;;;;",
  ]);
  assertEquals(warnings, []);
});

Deno.test("exportnour selects, orders, renames and formats columns as given", async () => {
  const table = grid("2026-01-20T00:00:00Z", 2, 10, {
    a: (row) => row + 0.1 + 0.2,
    b: (row) => row ? -2.5 : 0.125,
    c: (row) => row ? 1e-7 : 7,
  });
  const { lines } = await exportOne({ [fileOf("2026-01-20")]: table }, {
    tz: "UTC",
    delimiter: ",",
    columns: { c: "x", a: { name: 'say "a"' }, b: { name: "b,2", decimals: 2 } },
  });
  assertEquals(lines, [
    'Time,x,"say ""a""","b,2"',
    "2026-01-20 00:00:00,7,0.30000000000000004,0.12",
    "2026-01-20 00:00:10,1e-7,1.3,-2.50",
  ]);
});

Deno.test("exportnour takes only the aggregation and domain asked for, day after day", async () => {
  const value = (x: number) => ({ m0__raw__mean: () => x });
  const { name, lines } = await exportOne({
    [fileOf("2026-01-21")]: grid("2026-01-21T00:00:00Z", 1, 10, value(2)),
    [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 1, 10, value(1)),
    [fileOf("2026-01-20", "bio_signal", "60s")]: grid("2026-01-20T00:00:00Z", 1, 10, value(3)),
    [fileOf("2026-01-20", "environment")]: grid("2026-01-20T00:00:00Z", 1, 10, value(4)),
  }, { columns: C0 });
  assertEquals(name, "EXP_1__bio_signal__10s__2026-01-20_2026-01-21.csv");
  assertEquals(lines, ["Time;c0", "2026-01-20 01:00:00;1", "2026-01-21 01:00:00;2"]);
});

Deno.test("exportnour names the file by local days, and means local days by from and to", async () => {
  const day = (date: string) =>
    [fileOf(date), grid(`${date}T00:00:00Z`, 24, 3600, { m0__raw__mean: (i) => i })] as const;
  const input = Object.fromEntries(["2026-01-19", "2026-01-20", "2026-01-21"].map(day));
  const whole = await exportOne(input, { columns: C0 });
  assertEquals(whole.name, "EXP_1__bio_signal__10s__2026-01-19_2026-01-22.csv");
  const one = await exportOne(input, { columns: C0, from: "2026-01-20", to: "2026-01-20" });
  assertEquals(one.name, "EXP_1__bio_signal__10s__2026-01-20_2026-01-20.csv");
  assertEquals(one.lines.length, 25);
  assertEquals([one.lines[1], one.lines.at(-1)], ["2026-01-20 00:00:00;23", "2026-01-20 23:00:00;22"]);
  const stamps = await exportOne(input, { columns: C0, from: "2026-01-20T05:00:00Z", to: "2026-01-20T07:00:00+01:00" });
  assertEquals(stamps.lines.slice(1), ["2026-01-20 06:00:00;5", "2026-01-20 07:00:00;6"]);
});

Deno.test("exportnour refuses files whose times are null, go back or are of another day, other domains' too", async () => {
  const start = Date.parse("2026-01-20") * 1000;
  const sound = grid("2026-01-20T00:00:00Z", 4, 10, { m0__raw__mean: (row) => row });
  for (const times of [[0, null, 20], [20, 0, 10, 30], [-3600, 0, 10], [86_380, 86_390, 86_400]]) {
    const micros = times.map((seconds) => seconds === null ? null : BigInt(start + 1e6 * seconds));
    const other = (name: string) =>
      writeOther(micros, TimeUnit.MICROSECOND, [{ name, type: "float64", values: times.map(() => 1) }]);
    const environment = fileOf("2026-01-20", "environment");
    for (
      const [name, input] of [
        [fileOf("2026-01-20"), { [fileOf("2026-01-20")]: other("m0__raw__mean") }],
        [environment, { [fileOf("2026-01-20")]: sound, [environment]: other("t__raw__mean") }],
      ] as const
    ) {
      const columns = { ...C0, t__raw__mean: "t" };
      const run = () => runTreatment("exportnour", input, { columns, from: "2026-01-20" }, PARTITION);
      const { message } = await assertRejects(run, TypeError, `Cannot export "${name}": it`);
      assertMatch(message, /null or go back in row 1; sort it|outside its day, 2026-01-20; name it/);
    }
  }
});

Deno.test("exportnour writes nothing and warns where no row is left", async () => {
  const input = { [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 1, 10, { m0__raw__mean: () => 1 }) };
  const outside = await runTreatment("exportnour", input, { from: "2027-01-01" }, PARTITION);
  const none = 'Nothing to export: "EXP_1" has no row of domain "bio_signal" and aggregation "10s" from "from" to "to"';
  assertEquals([outside.names, outside.warnings], [[], [none]]);
  const empty = { [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 0, 10, { m0__raw__mean: () => 1 }) };
  assertEquals((await runTreatment("exportnour", empty, {}, PARTITION)).names, []);
  const wrong = await runTreatment("exportnour", input, { aggregation: "1min" }, PARTITION);
  assertEquals(wrong.names, []);
  assertEquals(wrong.warnings, [
    'Nothing to export: "EXP_1" has no file of domain "bio_signal" and aggregation "1min", only bio_signal 10s',
  ]);
  const rows = { "EXP_1__bio_signal__2026-01-20.parquet": Object.values(input)[0]! };
  assertEquals((await runTreatment("exportnour", rows, {}, PARTITION)).warnings, [
    'Nothing to export: "EXP_1" has no file of domain "bio_signal" and aggregation "10s", only bio_signal without one',
  ]);
  const air = await runTreatment("exportnour", input, { domain: "air" }, PARTITION);
  assertEquals(air.warnings, [
    'Nothing to export: "EXP_1" has no file of domain "air" and aggregation "10s", only bio_signal 10s',
  ]);
});

Deno.test("exportnour joins columns of other domains on ts and keeps every row of its own", async () => {
  const { lines, warnings } = await exportOne({
    [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 4, 10, { m0__raw__mean: (i) => i }),
    [fileOf("2026-01-20", "environment")]: grid("2026-01-20T00:00:10Z", 9, 20, { t__raw__mean: (i) => i + 0.5 }),
    [fileOf("2026-01-21")]: grid("2026-01-21T00:00:00Z", 1, 10, { m0__raw__mean: () => 9 }),
    [fileOf("2026-01-21", "environment")]: grid("2026-01-21T00:00:00Z", 1, 10, { t__raw__mean: () => 7 }),
  }, { tz: "UTC", columns: { t__raw__mean: "t", ...C0 } });
  assertEquals(lines, [
    "Time;t;c0",
    "2026-01-20 00:00:00;;0",
    "2026-01-20 00:00:10;0.5;1",
    "2026-01-20 00:00:20;;2",
    "2026-01-20 00:00:30;1.5;3",
    "2026-01-21 00:00:00;7;9",
  ]);
  assertEquals(warnings, []);
});

Deno.test("exportnour takes its own domain's column where another has one of that name", async () => {
  const { lines } = await exportOne({
    [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 1, 10, { m0__raw__mean: () => 1 }),
    [fileOf("2026-01-20", "other")]: grid("2026-01-20T00:00:00Z", 1, 10, {
      m0__raw__mean: () => 2,
      t__raw__mean: () => 3,
    }),
    [fileOf("2026-01-21")]: grid("2026-01-21T00:00:00Z", 1, 10, {}),
    [fileOf("2026-01-21", "other")]: grid("2026-01-21T00:00:00Z", 1, 10, {
      m0__raw__mean: () => 2,
      t__raw__mean: () => 3,
    }),
  }, { tz: "UTC", columns: { ...C0, t__raw__mean: "t" } });
  assertEquals(lines, ["Time;c0;t", "2026-01-20 00:00:00;1;3", "2026-01-21 00:00:00;;3"]);
});

Deno.test("exportnour minds no column that it does not export, though several domains have it, as they have flags", async () => {
  const { lines, warnings, progress } = await exportOne({
    [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 1, 10, { m0__raw__mean: () => 1 }),
    [fileOf("2026-01-20", "air")]: grid("2026-01-20T00:00:00Z", 1, 10, {
      t__raw__mean: () => 3,
      quality_flag: () => 4,
    }),
    [fileOf("2026-01-20", "water")]: grid("2026-01-20T00:00:00Z", 1, 10, { quality_flag: () => 5 }),
  }, { tz: "UTC", columns: { ...C0, t__raw__mean: "t" } });
  assertEquals(lines, ["Time;c0;t", "2026-01-20 00:00:00;1;3"]);
  assertEquals([warnings, progress], [[], [[1, 1]]]);
});

Deno.test("exportnour refuses a column that is in two other domains, on one day or on two", async () => {
  const own = grid("2026-01-20T00:00:00Z", 1, 10, {});
  const next = grid("2026-01-21T00:00:00Z", 1, 10, {});
  const t = (day: string) => grid(`${day}T00:00:00Z`, 1, 10, { t__raw__mean: () => 1 });
  for (const day of ["2026-01-20", "2026-01-21"]) {
    const error = await assertRejects(() =>
      runTreatment(
        "exportnour",
        {
          [fileOf("2026-01-20")]: own,
          [fileOf("2026-01-21")]: next,
          [fileOf("2026-01-20", "air")]: t("2026-01-20"),
          [fileOf(day, "water")]: t(day),
        },
        { columns: { t__raw__mean: "t" } },
        PARTITION,
      ), TypeError);
    assertStringIncludes(error.message, 'column "t__raw__mean": it is in domain "air" and in domain "water"');
  }
});

Deno.test("exportnour leaves the column of an absent channel empty and warns, with strict it fails", async () => {
  const input = {
    [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 1, 10, { m1__raw__mean: () => 1 }),
    [fileOf("2026-01-21")]: grid("2026-01-21T00:00:00Z", 1, 10, {}),
  };
  const params = { tz: "UTC", columns: { m0__raw__mean: "c0", m1__raw__mean: "c1" } };
  const { lines, warnings } = await exportOne(input, params);
  assertEquals(lines, ["Time;c0;c1", "2026-01-20 00:00:00;;1", "2026-01-21 00:00:00;;"]);
  assertEquals(warnings, ['No "m0__raw__mean" in the days exported: left empty']);
  assertEquals((await exportOne(input, { ...params, columns: { m1: "c1" } })).warnings, [
    'No "m1" in the days exported: left empty; name in columns some of those there are, "m1__raw__mean"',
  ]);
  await assertRejects(
    () => runTreatment("exportnour", input, { ...params, strict: true }, PARTITION),
    TypeError,
    'no "m0__raw__mean"',
  );
});

Deno.test("listNames() tells runs of names by their ends", () => {
  const m = (i: number) => `m${i}__raw__p5`;
  assertEquals(listNames([8, 9, 10, 11].map(m)), '"m8__raw__p5" to "m11__raw__p5"');
  assertEquals(
    listNames([...[0, 1, 3, 4, 5].map(m), "t"]),
    '"m0__raw__p5", "m1__raw__p5", "m3__raw__p5" to "m5__raw__p5", "t"',
  );
  assertEquals(listNames([]), "");
});

Deno.test("exportnour keeps every row of 23 and 25 hour days, the repeated hour twice", async () => {
  const days: [string, number, string, string[]][] = [
    ["2026-03-29", 23, "2026-03-28T00:00:00Z", ["2026-03-29 01:50:00", "2026-03-29 03:00:00"]],
    ["2026-10-25", 25, "2026-10-24T00:00:00Z", ["2026-10-25 02:50:00", "2026-10-25 02:00:00"]],
  ];
  for (const [day, hours, from, turn] of days) {
    const table = (start: string) => grid(start, 144, 600, { m0__raw__mean: (i) => i });
    const second = `${day}T00:00:00Z`;
    const input = {
      [fileOf(from.slice(0, 10), "bio_signal", "10min")]: table(from),
      [fileOf(day, "bio_signal", "10min")]: table(second),
    };
    const { lines } = await exportOne(input, { aggregation: "10min", columns: C0, from: day, to: day });
    const times = lines.slice(1).map((line) => line.split(";")[0]!);
    assertEquals(times.length, hours * 6);
    assertEquals([times[0], times.at(-1)], [`${day} 00:00:00`, `${day} 23:50:00`]);
    const all = Array.from({ length: 288 }, (_, i) => Date.parse(from) * 1e3 + i * 600e6);
    assertEquals(times, all.map((time) => wallClock(time, "Europe/Paris")).filter((text) => text.startsWith(day)));
    const at = times.findIndex((time, i) => time === turn[0] && times[i + 1] === turn[1]);
    assert(at > 0, `the clock turns from ${turn[0]} to ${turn[1]}`);
  }
});

Deno.test("exportnour cuts by the times it writes where a bound lies in an hour that is skipped or comes twice", async () => {
  const times = async (day: string, from: string, to: string) => {
    const input = { [fileOf(day, "bio_signal", "10min")]: grid(`${day}T00:00:00Z`, 144, 600, {}) };
    const bounds = { from: `${day} ${from}`, to: `${day} ${to}` };
    const { lines } = await exportOne(input, { aggregation: "10min", columns: C0, ...bounds });
    return lines.slice(1).map((line) => line.slice(11, 16));
  };
  assertEquals(await times("2026-03-29", "02:30", "03:10"), ["03:00", "03:10"]);
  assertEquals(await times("2026-03-29", "01:40", "02:30"), ["01:40", "01:50"]);
  const repeated = ["02:40", "02:50", "02:00", "02:10", "02:20", "02:30", "02:40"];
  assertEquals(await times("2026-10-25", "02:40", "02:40"), repeated);
});

Deno.test("exportnour writes a fraction only where windows are no whole seconds", async () => {
  const times = async (window: string, step: number) => {
    const input = { [fileOf("2026-01-20", "bio_signal", window)]: grid("2026-01-20T00:00:00Z", 4, step, {}) };
    return (await exportOne(input, { aggregation: window, tz: "UTC", columns: C0 })).lines.slice(1).map((line) =>
      line.slice(11, -1)
    );
  };
  assertEquals(await times("0.25s", 0.25), ["00:00:00.00", "00:00:00.25", "00:00:00.50", "00:00:00.75"]);
  assertEquals(await times("1s", 1), ["00:00:00", "00:00:01", "00:00:02", "00:00:03"]);
  assertEquals(await times("1.5s", 1.5), ["00:00:00.0", "00:00:01.5", "00:00:03.0", "00:00:04.5"]);
});

Deno.test("exportnour writes files beyond one batch row by row", async () => {
  const table = grid("2026-01-20T00:00:00Z", 8640, 10, { m0__raw__mean: (i) => i % 7 ? i / 3 : null });
  const { lines } = await exportOne({ [fileOf("2026-01-20")]: table }, { columns: C0 });
  const expected = Array.from(
    table.ts,
    (time, i) => `${wallClock(time, "Europe/Paris")};${i % 7 ? String(i / 3) : ""}`,
  );
  assertEquals(lines.slice(1), expected);
});

Deno.test("exportnour refuses params it does not understand and says where", async () => {
  const input = { [fileOf("2026-01-20")]: grid("2026-01-20T00:00:00Z", 1, 10, { a: () => 1 }) };
  const cases: [Record<string, unknown>, string][] = [
    [{ delimiter: "" }, 'delimiter ""'],
    [{ delimiter: ";;" }, 'delimiter ";;"'],
    [{ delimiter: "." }, 'delimiter "."'],
    [{ delimiter: " " }, 'delimiter " "'],
    [{ delimiter: '"' }, "delimiter"],
    [{ tz: "Europe/Pari" }, 'tz "Europe/Pari"'],
    [{ from: "yesterday" }, 'bound "yesterday"'],
    [{ columns: { a: 1 } }, 'columns["a"]: found 1'],
    [{ columns: { a: {} } }, 'columns["a"]: it has no name'],
    [{ columns: { a: "x", b: "x" } }, 'columns["b"]: "x" is already the name of "a"'],
    [{ columns: { a: "Time" } }, 'columns["a"]: "Time" is already the name of the time'],
    [{ columns: { a: { name: "x", dtyp: "int" } } }, 'columns["a"].dtyp'],
    [{ columns: { a: { name: "x", dtype: "str" } } }, 'columns["a"].dtype: found "str"'],
    [{ columns: { a: { name: "x", decimals: 1.5 } } }, 'columns["a"].decimals: found 1.5'],
    [{ columns: { a: { name: "x", decimals: -1 } } }, 'columns["a"].decimals: found -1'],
    [{ columns: { a: { name: "x", decimals: 21 } } }, 'columns["a"].decimals: found 21'],
    [{ columns: { a: { name: "" } } }, 'columns["a"]: it has no name for the CSV'],
    [{ columns: { a: null } }, 'columns["a"]: found null, expected a name'],
    [{ columns: { a: ["x"] } }, 'columns["a"]: found ["x"], expected a name'],
    [{ columns: { a: { name: "x", dtype: "int", decimals: 2 } } }, 'columns["a"]: "dtype": "int" has no decimals'],
  ];
  for (const [params, message] of cases) {
    const error = await assertRejects(() => runTreatment("exportnour", input, params, PARTITION), TypeError);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("parseColumns() takes each dtype with the decimals that it can have", () => {
  const written = (spec: Record<string, unknown>, value: number) =>
    parseColumns({ a: { name: "x", ...spec } })[0]!.format(value);
  assertEquals(written({}, 2.5), "2.5");
  assertEquals(written({ dtype: null, decimals: null }, 2.5), "2.5");
  assertEquals(written({ dtype: "float" }, 2.5), "2.5");
  assertEquals(written({ dtype: "float", decimals: 1 }, 2.25), "2.2");
  for (const spec of [{ dtype: "int" }, { dtype: "int", decimals: 0 }, { decimals: 0 }]) {
    assertEquals(written(spec, 2.5), "2");
  }
  assertEquals(written({ decimals: 20 }, 0.5), "0.50000000000000000000");
});
