import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { checkAccounts, parseBytes } from "./parse_call.ts";

const T = "2026-01-20T09:07:0";
const CSV = { format: "csv", delimiter: "auto" };
const FILE = "pil-90__bio_signal__2026-01-20.parquet";

async function parsed(text: string, params: Record<string, unknown> = {}) {
  const result = await parseBytes(text, { params: { ...CSV, ...params }, settled: true });
  checkAccounts(result);
  const { types, rows } = result.files[FILE] ?? { types: {}, rows: [] };
  const { header, accepted, rejected, no_known_key } = result.metrics;
  return {
    names: Object.keys(types),
    cells: rows.map(([, ...cells]) => cells),
    header,
    accepted,
    rejected,
    no_known_key,
  };
}

Deno.test("parse reads rows of a csv by the header that stands before them, wherever a logger has written another", async () => {
  for (const bom of ["", "\ufeff"]) {
    const text =
      `time;m0;m1\n${T}0Z;1;2\n${bom}time;m1;m0\n${T}1Z;3;4\ntime;m2\n${T}2Z;5\n"time";m0;m1;m2\n${T}3Z;6;7;8\n`;
    assertEquals(await parsed(text), {
      names: ["m0", "m1", "m2"],
      cells: [[1, 2, null], [4, 3, null], [null, null, 5], [6, 7, 8]],
      header: 4,
      accepted: 4,
      rejected: 0,
      no_known_key: 0,
    });
  }
});

Deno.test("parse finds further headers by the columns of the time, wherever those stand in them", async () => {
  const one = await parsed(`m0,Time\n1,${T}0Z\nm1,m0,Time\n2,3,${T}1Z\nTime,m1\n${T}2Z,4\n`, {
    time_columns: ["Time"],
  });
  assertEquals([one.header, one.rejected, one.cells], [3, 0, [[1, null], [3, 2], [null, 4]]]);
  const time_columns = ["Y", "M", "D", "h", "m", "s"];
  const six = await parsed("Y,M,D,h,m,s,m0,m1\n2026,1,20,9,7,0,1,2\nY,M,D,h,m,s,m1\n2026,1,20,9,7,1,3\n", {
    time_columns,
  });
  assertEquals([six.header, six.rejected, six.cells], [2, 0, [[1, 2], [null, 3]]]);
});

Deno.test("parse takes a header that comes again behind one that was cut short for the same", async () => {
  const text = `time;m0;m1\n${T}0Z;1;2\ntime;m0;mtime;m0;m1\n${T}1Z;3;4\ntime;m0;m1\ntime;m0;m1\n${T}2Z;5;6\n`;
  const { cells, header, rejected } = await parsed(text);
  assertEquals([cells, header, rejected], [[[1, 2], [3, 4], [5, 6]], 4, 0]);
});

Deno.test("parse takes no line for a header that has values, another name for the time, or that alone", async () => {
  const lines = [
    "time;1;2",
    `time;m0${T}5Z;;`,
    "Time;m1;m0",
    "time",
    "time;;",
    "note;m1;m0",
    ";m1;m0",
    'time;"m1"x;m0',
  ];
  const { cells, header, rejected } = await parsed(`time;m0;m1\n${T}0Z;1;2\n${lines.join("\n")}\n${T}1Z;3;4\n`);
  assertEquals([cells, header, rejected], [[[1, 2], [3, 4]], 1, lines.length]);
  const nameless = await parsed(`;m0;m1\n${T}0Z;1;2\n;m1;m0\n${T}1Z;3;4\n`);
  assertEquals([nameless.cells, nameless.header, nameless.rejected], [[[1, 2], [3, 4]], 1, 1]);
});

Deno.test("parse takes units right below a header for no header, even below the time's name", async () => {
  for (const units of ["UTC;mV;mV", "UTC;V;degC"]) {
    const { cells, header, rejected } = await parsed(`UTC;m0;m1\n${units}\n${T}0Z;1;2\nUTC;m1\n${T}1Z;3\n`);
    assertEquals([cells, header, rejected], [[[1, 2], [null, 3]], 2, 1]);
  }
});

Deno.test("parse refuses a file whose further header names a column twice, and says where it stands", async () => {
  await assertRejects(
    () => parsed(`time;m0\n${T}0Z;1\ntime;m1;m1\n${T}1Z;2;3\n`),
    TypeError,
    'its header names "m1" more than once; rename one of the columns; it stands in line 3',
  );
});

Deno.test("parse passes over the line that tells spreadsheets the delimiter", async () => {
  for (const first of ["sep=;", "\ufeffSEP=;", '"sep=;"', "\nsep=; "]) {
    for (const end of ["\n", "\r\n"]) {
      for (const params of [{}, { format: "auto" }, { delimiter: ";" }]) {
        const { cells, header, rejected } = await parsed(
          [first, "time;m0;m1", `${T}0Z;1;2`, `${T}1Z;3;4`, ""].join(end),
          params,
        );
        assertEquals([first, cells, header, rejected], [first, [[1, 2], [3, 4]], 2, 0]);
      }
    }
  }
  const twice = await parsed(`sep=;\ntime;m0\n${T}0Z;1\n\ufeffsep=;\ntime;m1\n${T}1Z;2\n`);
  assertEquals([twice.cells, twice.header, twice.rejected], [[[1, null], [null, 2]], 4, 0]);
  const tabs = await parsed(`sep=\t\ntime\tm0\n${T}0Z\t1\n`);
  assertEquals([tabs.cells, tabs.header], [[[1]], 2]);
});

Deno.test("parse finds in files put one behind the other what it finds in each", async () => {
  const header = fc.shuffledSubarray(["m0", "m1", "m2", "m3"], { minLength: 1 });
  const part = fc.record({
    header,
    rows: fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
      let second = 10;
      const rows: Record<string, number>[] = [];
      const text = parts.map(({ header, rows: values }) => {
        const lines = values.map((row) => row.slice(0, header.length)).filter((row) => row.length > 0).map((row) => {
          rows.push(Object.fromEntries(row.map((value, i) => [header[i]!, value])));
          return `${["2026-01-20T09:07:" + second++ + "Z", ...row].join(";")}\n`;
        });
        return `time;${header.join(";")}\n${lines.join("")}`;
      }).join("");
      const { names, cells, header, rejected } = await parsed(text);
      assertEquals([header, rejected], [parts.length, 0]);
      assertEquals(cells, rows.map((row) => names.map((name) => row[name] ?? null)));
    }),
    { numRuns: 60 },
  );
});
