/**
 * Real recordings through whole flows, by the command line, against published or independently computed numbers. The
 * small cuts in `tests/data` are always there; the complete data is used where it lies beside the repository.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { FlowReport } from "../../core/engine/report.ts";
import { exists, makeProject, type RawFiles, read, readCsv, readFolder, type Row, runFlow } from "./real_project.ts";

const CUT = { label: "a cut of", folder: new URL("../data/", import.meta.url) };
const COMPLETE = { label: "all of", folder: new URL("../../../shared/data/", import.meta.url) };
type Data = typeof CUT;

/** One test on the cut, and one on the complete data, skipped where that is not there. */
function testOnBoth(what: string, dataset: string, run: (data: Data) => Promise<void>): void {
  for (const data of [CUT, COMPLETE]) {
    const ignore = !exists(new URL(`${dataset}/SOURCE.md`, data.folder));
    Deno.test({ name: `flow ${what} on ${data.label} ${dataset}`, ignore, fn: () => run(data) });
  }
}

testOnBoth("reproduces the published 5-minute means", "mussel-gape", async (data) => {
  const raw = readFolder(new URL("mussel-gape/gape_raw/", data.folder));
  await using project = makeProject("mussel", raw);
  const report = await runFlow(project.dir, "mussel");
  checkAccounting(report, raw, { header: 1 });
  checkZeros(report, raw);
  checkPublished(data, (rep) => project.table(`40_aggregated/A_rep${rep.padStart(2, "0")}__bio_signal`, "5min"));
});

testOnBoth("reproduces the published 5-minute means from key:value lines", "mussel-gape", async (data) => {
  const file = new URL("mussel-gape/as_kv/gapeA_2025-07.csv", data.folder);
  const text = exists(file)
    ? Deno.readTextFileSync(file)
    : asKeyValue(readFolder(new URL("mussel-gape/gape_raw/", data.folder)));
  const raw = { "gapeA_2025-07.csv": text };
  await using project = makeProject("mussel_kv", raw);
  checkAccounting(await runFlow(project.dir, "mussel_kv"), raw);
  checkPublished(data, () => project.table("40_aggregated/gapeA_2025-07__bio_signal", "5min"), "m");
});

testOnBoth("computes the windows over per-second means of a 10 Hz signal", "mussel-gape", async (data) => {
  const raw = {
    "pulse_20250624_084547.csv": read(new URL("mussel-gape/as_kv/pulse_20250624_084547.csv", data.folder)),
  };
  await using project = makeProject("pulse", raw);
  checkAccounting(await runFlow(project.dir, "pulse"), raw);
  const expected = readCsv(new URL("mussel-gape/expected/pulse_20250624_084547__windows.csv", data.folder));
  assert(expected.length >= 170);
  const tables = new Map<string, Row[]>();
  for (const { ts, window, ch, ...numbers } of expected) {
    if (!tables.has(window!)) {
      tables.set(window!, project.table("40_aggregated/pulse_20250624_084547__bio_signal", window!));
    }
    const row = rowAt(tables.get(window!)!, Date.parse(ts!) * 1000);
    for (const [name, text] of Object.entries(numbers)) {
      const metric = name === "n" ? "count" : name;
      assertClose(row[`${ch}__raw__${metric}`]!, Number(text), `${metric} of ${ch}, ${window} from ${ts}`);
    }
  }
});

testOnBoth("averages doubled seconds and fills the hole of a drifting clock", "munich-bridge", async (data) => {
  const raw = readFolder(new URL("munich-bridge/as_kv/", data.folder));
  await using project = makeProject("bridge", raw);
  const report = await runFlow(project.dir, "bridge");
  checkAccounting(report, raw);
  const { grid, doubled, holes } = gridOf(Object.values(raw).join(""));
  assert(doubled.includes("2022-04-11T12:22:23") && doubled.includes("2022-04-11T12:22:28"));
  assert(holes.includes("2022-04-11T12:22:26"));
  assertEquals(report.steps[2]!.metrics["filled"], holes.length);

  const resampled = project.table("25_resampled/UniBw__environment");
  assertEquals(resampled.map((row) => row["ts"]), [...grid.keys()].map((second) => second * 1e6));
  const values = [...grid.values()];
  resampled.forEach((row, i) => assertClose(row["outdoor_temp"]!, values[i]!, `temperature in row ${i}`));

  for (const row of project.table("40_aggregated/UniBw__environment", "1h")) {
    const from = row["ts"]! / 1e6;
    const hour = [...grid].filter(([second, value]) => second >= from && second < from + 3600 && !Number.isNaN(value));
    const mean = meanOf(hour.map(([, value]) => value));
    const squares = hour.reduce((sum, [, value]) => sum + (value - mean) ** 2, 0);
    const std = hour.length < 2 ? NaN : Math.sqrt(squares / (hour.length - 1));
    assertEquals(row["outdoor_temp__raw__count"], hour.length);
    assertClose(row["outdoor_temp__raw__mean"]!, mean, `mean of the hour from ${from}`);
    assertClose(row["outdoor_temp__raw__std"]!, std, `std of the hour from ${from}`);
  }
});

/** Every published bin of every animal is there, with its mean and its number of rows, and no other bin. */
function checkPublished(data: Data, windowsOf: (rep: string) => Row[], prefix = "Ch"): void {
  const published = readCsv(new URL("mussel-gape/expected/gap_5min_activity__A.csv", data.folder));
  assert(published.length >= 72);
  const [bins, found] = [new Set<number>(), new Set<number>()];
  for (const [rep, rows] of Map.groupBy(published, (row) => row["Rep"]!)) {
    const windows = windowsOf(rep);
    for (const window of windows) if (hasRows(window)) found.add(window["ts"]!);
    for (const { Mussel_ID, Channel, time, time_bin, VC_5min_avg, n_points } of rows) {
      const start = Date.parse(`${time!.replace(" ", "T")}Z`) * 1000 + (Number(time_bin) - 1) * 300e6;
      bins.add(start);
      const window = rowAt(windows, start);
      const number = Number(Channel!.slice(2));
      const column = `${prefix}${prefix === "m" ? number - 1 : number}__raw`;
      assertEquals(window[`${column}__count`], Number(n_points), `rows of ${Mussel_ID}, bin ${time_bin}`);
      assertAlmostEquals(
        window[`${column}__mean`]!,
        Number(VC_5min_avg),
        1e-9,
        `mean of ${Mussel_ID}, bin ${time_bin}`,
      );
    }
  }
  assertEquals([...found].sort(), [...bins].sort());
}

function hasRows(window: Row): boolean {
  return Object.entries(window).some(([name, value]) => name.endsWith("__count") && value > 0);
}

/** Every line of every raw file is accounted for, none lost, and the raw data holds nothing that cannot be used. */
function checkAccounting(report: FlowReport, raw: RawFiles, { header } = { header: 0 }): void {
  assertEquals(report.exit_code, 0);
  const counted = Object.fromEntries(report.steps[0]!.raw_files!.map((file) => [file.file, file]));
  assertEquals(Object.keys(counted).sort(), Object.keys(raw).sort());
  for (const [file, text] of Object.entries(raw)) {
    const lines = text.trimEnd().split("\n").length;
    const { accepted, rejected, value_rejects, pending, ...others } = counted[file]!;
    assertEquals({ lines: others["lines"], header: others["header"] }, { lines, header });
    assertEquals({ accepted, rejected, value_rejects, pending }, {
      accepted: lines - header,
      rejected: 0,
      value_rejects: 0,
      pending: 0,
    });
  }
}

/** 1/sqrt(x) of the zeros that unused channels send is null, and nothing else is. */
function checkZeros(report: FlowReport, raw: RawFiles): void {
  const cells = Object.values(raw).flatMap((text) =>
    text.trimEnd().split(/\r\n/).slice(1).flatMap((line) => line.split(/[;,]/).slice(6, 14))
  );
  const zeros = cells.filter((cell) => Number(cell) === 0).length;
  assert(zeros > 0);
  assertEquals(report.steps[2]!.metrics["nulled_domain"], zeros);
}

/** Floor to the second, mean of what meets, holes of one or two seconds filled forward: written as slowly as it reads. */
function gridOf(text: string) {
  const seconds = new Map<number, number[]>();
  for (const line of text.trimEnd().split("\n")) {
    const [stamp, value] = [line.slice(0, 19), line.slice(line.lastIndexOf(":") + 1)];
    const second = Date.parse(`${stamp}Z`) / 1000;
    seconds.set(second, [...(seconds.get(second) ?? []), Number(value)]);
  }
  const observed = [...seconds.keys()].sort((a, b) => a - b);
  const grid = new Map<number, number>();
  const holes: string[] = [];
  observed.forEach((second, i) => {
    grid.set(second, meanOf(seconds.get(second)!));
    const next = observed[i + 1] ?? second;
    for (let missing = second + 1; missing < next; missing++) {
      const isShort = next - second - 1 <= 2;
      if (isShort) holes.push(stampOf(missing));
      grid.set(missing, isShort ? grid.get(second)! : NaN);
    }
  });
  const doubled = observed.filter((second) => seconds.get(second)!.length > 1).map(stampOf);
  return { grid, doubled, holes };
}

function rowAt(rows: Row[], ts: number): Row {
  const row = rows.find((row) => row["ts"] === ts);
  if (!row) throw new Error(`No row stands at ${stampOf(ts / 1e6)}`);
  return row;
}

function stampOf(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 19);
}

function meanOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assertClose(actual: number, expected: number, what: string): void {
  if (Number.isNaN(expected)) return assert(Number.isNaN(actual), `${what}: ${actual}, expected null`);
  const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
  assert(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected}`);
}

/** The published rows as one file of key:value lines, as the complete data has them. */
function asKeyValue(files: RawFiles): string {
  const lines = Object.values(files).flatMap((text) =>
    text.trimEnd().split(/\r\n/).slice(1).map((line) => {
      const [year, month, day, hour, minute, second, ...counts] = line.split(/[;,]/).map((cell) =>
        cell.padStart(2, "0")
      );
      const values = counts.slice(0, 8).map((count, i) => `m${i}:${Number(count)}`);
      return `${year}-${month}-${day}T${hour}:${minute}:${second}.000000Z;${values.join(";")}\n`;
    })
  );
  return lines.sort().join("");
}
