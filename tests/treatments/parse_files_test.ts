/** Several files of one call: the days they share, what is told of each, and when rows are written. */
import { assertEquals } from "@std/assert";
import type { Context } from "myx";
import { gzipSync } from "node:zlib";
import { runTreatment } from "../harness.ts";
import { parseFiles } from "../../treatments/parse/parse_files.ts";
import { readSettings } from "../../treatments/parse/settings.ts";
import { makeTempDir } from "../temp_dir.ts";
import { DEFAULTS, parseSeveral } from "./parse_call.ts";

const T = "2026-01-20T09:07:58Z";
const LINES = Array.from({ length: 300 }, (_, i) => `2026-01-20T09:0${i % 10}:58Z;m0:${i}\n`).join("");

Deno.test("parse tells how far it is of all files of a call, and never goes back", async () => {
  const gz = new Uint8Array(gzipSync(LINES));
  const { progress } = await runTreatment("parse", { "a_1.csv": LINES, "a_2.csv": LINES, "a_3.csv.gz": gz });
  const all = 2 * LINES.length + gz.length;
  assertEquals(new Set(progress.map(([, total]) => total)), new Set([all]));
  assertEquals(progress.map(([done]) => done), progress.map(([done]) => done).toSorted((a, b) => a - b));
  assertEquals(progress.at(-1), [all, all]);
});

/** Parses files of one value every 80 s with room for `budget` bytes; returns what is written, by path. */
async function parseSeries(starts: readonly Date[], rows: number, budget: number): Promise<string[]> {
  const dir = makeTempDir();
  try {
    const files = starts.map((start, n) => {
      const name = `a_${n}.csv`;
      const time = (i: number) => new Date(start.getTime() + 80_000 * i).toISOString();
      const text = Array.from({ length: rows }, (_, i) => `${time(i)};m0:${i}\n`).join("");
      Deno.writeTextFileSync(`${dir}/${name}`, text);
      return { name, path: `${dir}/${name}`, role: "own", size: text.length, sha256: "", settled: true } as const;
    });
    const context: Context = {
      files,
      partition: {},
      replace: false,
      signal: new AbortController().signal,
      progress() {},
      metric() {},
      reject() {},
      warn() {},
    };
    await parseFiles(files, "a", dir, readSettings(DEFAULTS), context, { budget, quick: false });
    const entries = [...Deno.readDirSync(dir)].filter(({ name }) => !name.endsWith(".csv"));
    return entries.flatMap(({ name, isDirectory }) =>
      isDirectory
        ? [`${name}/`, ...[...Deno.readDirSync(`${dir}/${name}`)].map((file) => `${name}/${file.name}`)]
        : [name]
    ).sort();
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test("parse writes days out between the files of a call, so that none is written twice", async () => {
  // Days that end in the file after theirs, as loggers rotate past midnight, and room for two of 16 kB at most.
  const paths = await parseSeries([20, 21, 22, 23].map((day) => new Date(Date.UTC(2026, 0, day, 2))), 1000, 30_000);
  assertEquals(paths, [
    "a__bio_signal__2026-01-20.parquet",
    ...[2, 3, 4, 5].flatMap((run) => [`run-${run}/`, `run-${run}/a__bio_signal__2026-01-${19 + run}.parquet`]),
  ]);
});

Deno.test("parse keeps the day that the next file of a call goes on with", async () => {
  const hours = Array.from({ length: 24 }, (_, hour) => new Date(Date.UTC(2026, 0, 20, hour)));
  assertEquals(await parseSeries(hours, 45, 30_000), ["a__bio_signal__2026-01-20.parquet"]);
});

Deno.test("parse tells of each file of a call which outputs have rows of it, however often they are written meanwhile", async () => {
  const dir = makeTempDir();
  const day = (date: number, hour: number) => `2026-01-${date}T${hour < 10 ? 0 : ""}${hour}:00:00Z;m0:${hour}\n`;
  const hours = (date: number, from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => day(date, from + i)).join("");
  const texts = [
    hours(20, 0, 24) + hours(21, 0, 20),
    hours(21, 20, 24),
    `${T};battery:3\n`,
    hours(22, 0, 24) + hours(20, 0, 1),
  ];
  const files = texts.map((text, i) => {
    const name = `a_${i}.csv`;
    Deno.writeTextFileSync(`${dir}/${name}`, text);
    return { name, path: `${dir}/${name}`, role: "own", size: text.length, sha256: "", settled: true } as const;
  });
  // Room for less than a day, for some days, and for all of them.
  for (const budget of [100, 1500, 2 ** 26]) {
    const wrote = new Map<string, string[]>(files.map(({ name }) => [name, []]));
    const rest = { metric() {}, reject() {}, warn() {} };
    const context: Context = {
      ...rest,
      files,
      partition: {},
      replace: false,
      signal: new AbortController().signal,
      progress() {},
      about: ({ name }) => ({ ...rest, wrote: (output) => void wrote.get(name)!.push(output.slice(15, 25)) }),
    };
    await parseFiles(files, "a", dir, readSettings(DEFAULTS), context, { budget });
    assertEquals([...wrote.values()].map((names) => names.sort()), [
      ["2026-01-20", "2026-01-21"],
      ["2026-01-21"],
      [],
      ["2026-01-20", "2026-01-22"],
    ]);
  }
});

Deno.test("parse sorts a day whose lines go back only where one batch or file ends and the next begins", async () => {
  const ascending = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `${new Date(Date.parse(T) + 1000 * (from + i)).toISOString()};m0:${i}\n`)
      .join("");
  // A batch has at most 2048 lines, and the first line of a call comes by itself.
  const both = [5000, 3000, 1000].map((from) => ascending(from, 2048));
  for (const contents of [both, [ascending(9000, 1) + both.join("")]]) {
    const { files } = await parseSeveral(contents, { tuning: { batch: 1 } });
    const times = Object.values(files)[0]!.rows.map(([time]) => time);
    assertEquals(times, times.toSorted((a, b) => a - b));
    assertEquals(times.length, contents.join("").split("\n").length - 1);
  }
});
