import { assert, assertEquals, assertRejects } from "@std/assert";
import { readParquet } from "myx";
import { gzipSync } from "node:zlib";
import { runTreatment } from "../harness.ts";
import { checkAccounts, parseBytes, utf8 } from "./parse_call.ts";

const T = "2026-01-20T09:07:58Z";
const LINES = Array.from({ length: 300 }, (_, i) => `2026-01-20T09:0${i % 10}:58Z;m0:${i}\n`).join("");

function utf16(text: string, little: boolean, bom: boolean): Uint8Array {
  const units = [...(bom ? "\ufeff" : ""), ...text].map((character) => character.charCodeAt(0));
  return Uint8Array.from(units.flatMap((unit) => little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255]));
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("parse refuses by name what is no text in UTF-8 and says what it looks like", async () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255);
  const cases: [Uint8Array | string, string][] = [
    [utf16(LINES, true, true), "it looks like UTF-16 (little-endian); save it as UTF-8"],
    [utf16(LINES, true, false), "it looks like UTF-16 (little-endian); save it as UTF-8"],
    [utf16(LINES, false, true), "it looks like UTF-16 (big-endian); save it as UTF-8"],
    [utf16(LINES, false, false), "it looks like UTF-16 (big-endian); save it as UTF-8"],
    [utf16(`\n${LINES}`, false, false), "it looks like UTF-16 (big-endian); save it as UTF-8"],
    [LINES.replaceAll("\n", "\r"), "it looks like text with CR-only line ends"],
    [`${T};m0:1\r${T};m0:2`, "it looks like text with CR-only line ends"],
    [noise, "it looks like a binary file"],
    [new Uint8Array(gzipSync(LINES)), "it looks like a gzip file; name it .csv.gz"],
    ["PK\x03\x04 and so on", "it looks like a zip file or a spreadsheet"],
    ["PAR1\x15\x04 and so on", "it looks like a Parquet file"],
  ];
  for (const [content, message] of cases) {
    const error = await assertRejects(() => parseBytes(content), TypeError);
    assert(error.message.startsWith(`Cannot parse "pil-90_2026-01-20.csv": ${message}`), error.message);
  }
});

Deno.test("parse takes a column PAR1, as meters of light have, for no Parquet file", async () => {
  const params = { time_columns: ["time"], domains: { light: { prefix: "PAR", dtype: "float" } } };
  const { files } = await parseBytes(`PAR1;PAR2;time\n5;6.5;${T}\n`, { params });
  assertEquals(Object.values(files)[0]!.rows, [[Date.parse(T) * 1000, 5, 6.5]]);
});

Deno.test("parse counts the blank lines that a file begins with, however many", async () => {
  for (const blank of [0, 3, 130]) {
    const { metrics, files } = await parseBytes(`${"\n".repeat(blank)}${T};m0:1\n`, { tuning: { sample: 64 } });
    assertEquals([metrics.lines, metrics.blank, metrics.accepted], [blank + 1, blank, 1]);
    assertEquals(Object.keys(files).length, 1);
  }
});

Deno.test("parse reads what only seems odd", async () => {
  const cases: [string, number][] = [
    [`${"\0".repeat(200_000)}\n${LINES}`, 300],
    [`${LINES}${"\0".repeat(200_000)}`, 300],
    [`\x01\x02\x03garbage\n${LINES}`, 300],
    // Many in a long file are as little as few in a short one.
    [`${"\x01".repeat(50)}garbage\n${LINES}`, 300],
    [`\x01\x02\x03\n${T};m0:1\n`, 1],
    [LINES.replaceAll("\n", "\r\n"), 300],
    [LINES.replaceAll(":", ":\0"), 300],
    [`${T};m0:1\r`, 1],
    ["\r\r", 0],
  ];
  for (const [content, accepted] of cases) {
    const result = await parseBytes(content, { params: { format: "kv" } });
    checkAccounts(result);
    assertEquals(result.metrics.accepted, accepted);
  }
});

Deno.test("parse reads an empty file and one of blank lines as no rows", async () => {
  for (const name of ["a.csv", "a.csv.gz"]) {
    for (const [content, blank] of [["", 0], ["\n", 1], [" \n\t\r\n\0\n\n", 4]] as const) {
      const { metrics, files } = await parseBytes(content === "" ? new Uint8Array(0) : content, { name });
      assertEquals([metrics.lines, metrics.blank, Object.keys(files)], [blank, blank, []]);
      assertEquals("ts_min" in metrics, false);
    }
  }
});

Deno.test("parse reads .gz files, also of several members, and refuses damaged ones", async () => {
  const name = "pil-90.csv.gz";
  const plain = await parseBytes(LINES);
  assertEquals(await parseBytes(LINES, { name }), plain);
  const half = LINES.length / 2;
  const members = join(gzipSync(LINES.slice(0, half)), gzipSync(LINES.slice(half)));
  assertEquals(await parseBytes(members, { name }), plain);
  assertEquals(await parseBytes(members, { name, tuning: { chunk: 50 } }), plain);
  // A byte order mark that comes in two parts: what stands behind NULs is read by itself.
  const marked = utf8(`\ufeff${LINES}`);
  const parts = join(gzipSync(marked.subarray(0, 2)), new Uint8Array(4), gzipSync(marked.subarray(2)));
  assertEquals((await parseBytes(parts, { name, tuning: { sample: 64 } })).metrics.accepted, 300);
  const whole = new Uint8Array(gzipSync(LINES));
  const spoilt = whole.slice();
  spoilt[spoilt.length - 6]! ^= 1;
  await assertRejects(
    () => parseBytes(whole.slice(0, -20), { name }),
    Error,
    `Cannot read "${name}" as gzip: it ends in the middle`,
  );
  await assertRejects(() => parseBytes(spoilt, { name }), Error, `Cannot read "${name}" as gzip: it is damaged`);
  await assertRejects(
    () => parseBytes(new TextEncoder().encode(LINES), { name }),
    Error,
    `Cannot read "${name}" as gzip`,
  );
});

Deno.test("parse reads the members of a .gz that stand behind NULs, as Python does", async () => {
  const name = "pil-90.csv.gz";
  const plain = await parseBytes(LINES);
  const third = LINES.length / 3;
  const [a, b, c] = [0, 1, 2].map((i) => new Uint8Array(gzipSync(LINES.slice(i * third, (i + 1) * third))));
  for (const count of [1, 511, 2 ** 16 - a!.length, 2 ** 17]) {
    const nuls = new Uint8Array(count);
    assertEquals(await parseBytes(join(a!, nuls, b!, c!, nuls), { name }), plain);
    assertEquals(await parseBytes(join(a!, b!, nuls, c!), { name }), plain);
    const cut = () => parseBytes(join(a!, nuls, b!.slice(0, -3)), { name });
    await assertRejects(cut, Error, `Cannot read "${name}" as gzip: it ends in the middle`);
    const garbage = () => parseBytes(join(a!, nuls, new TextEncoder().encode(LINES)), { name });
    await assertRejects(garbage, Error, `Cannot read "${name}" as gzip: it is damaged`);
  }
});

Deno.test("parse refuses a large .gz that is damaged far behind its first bytes", async () => {
  const large = Array.from({ length: 60_000 }, (_, i) => `${T};m0:${(i * 7919) % 4093}\n`).join("");
  const bytes = new Uint8Array(gzipSync(large));
  assertEquals((await parseBytes(bytes, { name: "a.csv.gz" })).metrics.accepted, 60_000);
  await assertRejects(() => parseBytes(bytes.slice(0, -1000), { name: "a.csv.gz" }), Error, "it ends in the middle");
});

Deno.test("parse reads no further than the size it was told, and fails where the file is shorter", async () => {
  const line = `${T};m0:1\n`;
  const { metrics } = await parseBytes(line + line + "\xff\xfe", { excess: -4 });
  assertEquals(metrics.lines, 2);
  for (const name of ["a.csv", "a.csv.gz"]) {
    await assertRejects(
      () => parseBytes(line, { name, excess: 1 }),
      Error,
      `Cannot read "${name}": it shrank while being read; run again`,
    );
  }
});

Deno.test("parse names files after the source, with substitutions and sanitising", async () => {
  const written = async (name: string, params: Record<string, unknown> = {}) => {
    const { names } = await runTreatment("parse", { [name]: `${T};m0:1\n` }, params);
    return names;
  };
  assertEquals(await written("EXP_pil-90_2026-01-20.csv"), ["EXP_pil-90__bio_signal__2026-01-20.parquet"]);
  assertEquals(await written("2026-01-20_EXP.csv"), ["EXP__bio_signal__2026-01-20.parquet"]);
  assertEquals(await written("pil 90 2026-01-20.csv"), ["pil_90__bio_signal__2026-01-20.parquet"]);
  assertEquals(await written("2026-01-20 pil 91 .csv"), ["pil_91__bio_signal__2026-01-20.parquet"]);
  assertEquals(await written("a 'b'..é.csv"), ["a_b_..é__bio_signal__2026-01-20.parquet"]);
  const file_name_substitute = [{ src: "/_rep1(?=_|$)/", target: "_one" }];
  assertEquals(await written("A_rep1.csv", { file_name_substitute }), ["A_one__bio_signal__2026-01-20.parquet"]);
  assertEquals(await written("A_rep10.csv", { file_name_substitute }), ["A_rep10__bio_signal__2026-01-20.parquet"]);
  const literal = [{ src: "rep", target: "$&-" }];
  assertEquals(await written("A_rep1.csv", { file_name_substitute: literal }), [
    "A_-1__bio_signal__2026-01-20.parquet",
  ]);
  await assertRejects(() => written("2026-01-20.csv"), TypeError, "the name is only a date");
});

Deno.test("parse refuses two sources that become equal by sanitising, and merges them by a substitution", async () => {
  const files = { "A b_2026-01-20.csv": `${T};m0:1\n`, "A_b_2026-01-21.csv": `${T};m0:1\n`, ".hidden A b.csv": "" };
  const error = await assertRejects(() => runTreatment("parse", files), TypeError);
  for (const part of ['"A b_2026-01-20.csv"', '"A_b_2026-01-21.csv"', "rename", "file_name_substitute"]) {
    assert((error as Error).message.includes(part), error.message);
  }
  const { names } = await runTreatment("parse", files, { file_name_substitute: [{ src: "A b", target: "A_b" }] });
  assertEquals(names, ["A_b__bio_signal__2026-01-20.parquet"]);
});

Deno.test("parse refuses params that cannot be used", async () => {
  const bio = { prefix: "m", dtype: "int" };
  const cases: [Record<string, unknown>, string][] = [
    [
      { domains: { bio, other: { columns: ["m7"], dtype: "float" } } },
      'key "m7": it belongs to the domains "other" and "bio"',
    ],
    [
      { domains: { bio, other: { prefix: "m1", dtype: "float" } } },
      'key "m10": it belongs to the domains "other" and "bio"',
    ],
    [
      { domains: { bio, other: { prefix: "m", dtype: "int" } } },
      'key "m0": it belongs to the domains "bio" and "other"',
    ],
    [{ domains: { _bio: bio } }, 'domain name "_bio"'],
    [{ domains: { b__o: bio } }, 'domain name "b__o"'],
    [{ domains: { "b/o": bio } }, 'domain name "b/o"'],
    [{ domains: { bio: { prefix: "m", dtype: "integer" } } }, 'domains.bio.dtype "integer"'],
    [{ domains: { bio: { dtype: "int" } } }, "expected a prefix or columns"],
    [{ domains: { bio: { prefix: "m", dtype: "int", column: [] } } }, 'domains.bio "column"'],
    [{ domains: { bio: { columns: ["ts"], dtype: "int" } } }, 'domains.bio.columns "ts"'],
    [{ domains: { bio: null } }, "without domains"],
    [{ delimiter: ":" }, 'delimiter ":"'],
    [{ delimiter: ";;" }, 'delimiter ";;"'],
    [{ tz: "Mars/Base" }, 'tz "Mars/Base"'],
    [{ time_columns: ["a", "b"] }, "expected one column, or six"],
    [{ file_name_substitute: [{ src: "/(/", target: "" }] }, 'file_name_substitute "/(/"'],
    [{ timestamp_column: "m7" }, 'domains.bio_signal.prefix "m7"'],
    [{ timestamp_column: "" }, 'timestamp_column ""'],
    [{ from: "yesterday" }, '"yesterday"'],
  ];
  for (const [params, message] of cases) {
    const error = await assertRejects(() => parseBytes(LINES, { params }), TypeError);
    assert(error.message.includes(message), error.message);
  }
});

Deno.test("parse takes a default domain away with null", async () => {
  const { files } = await parseBytes(`${T};m0:1;outdoor_temp:2\n`, {
    params: { domains: { bio_signal: null, environment: { columns: ["outdoor_temp"], dtype: "float" } } },
  });
  assertEquals(Object.keys(files), ["pil-90__environment__2026-01-20.parquet"]);
});

const MUSSELS = new URL("../../../shared/data/mussel-gape/gape_raw/", import.meta.url);
const hasMussels = (() => {
  try {
    return Deno.statSync(MUSSELS).isDirectory;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "parse reads published mussel data as they are: comma or semicolon, CRLF, six time columns",
  ignore: !hasMussels,
  async fn() {
    const params = {
      delimiter: "auto",
      time_columns: ["Year", "Month", "Day", "Hour", "Minute", "Second"],
      domains: { gape: { prefix: "Ch", dtype: "int" } },
    };
    for (const name of ["A_rep1.csv", "A_rep10.csv"]) {
      const text = Deno.readTextFileSync(new URL(name, MUSSELS));
      const result = await parseBytes(text, { params });
      checkAccounts(result, ["gape"]);
      const rows = Object.values(result.files).flatMap(({ rows }) => rows);
      const expected = text.trim().split("\r\n").slice(1).map((line) => {
        const fields = line.split(/[,;]/).map(Number) as [number, number, number, number, number, number, ...number[]];
        const [year, month, day, hour, minute, second] = fields;
        return [Date.UTC(year, month - 1, day, hour, minute, second) * 1000, ...fields.slice(6, 14)];
      });
      assertEquals(rows, expected as unknown as typeof rows);
    }
  },
});

Deno.test("parse names the time column as asked, and the next step reads it", async () => {
  const { dir } = await runTreatment("parse", { "pil-90.csv": `${T};m0:1\n` }, { timestamp_column: "time" });
  const table = readParquet(`${dir}/pil-90__bio_signal__2026-01-20.parquet`);
  assertEquals([table.timeColumn, table.ts.length], ["time", 1]);
});
