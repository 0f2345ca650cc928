/** Stray quotes in csv: what they cost, next to the quotes that hold a record of several lines together. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type CallOptions, checkAccounts, parseBytes, utf8 } from "./parse_call.ts";
import { slowly } from "./parse_csv_slowly.ts";

const T = "2026-01-20T09:07";
const HEADER = "time,m0,note\n";
const CSV = { format: "csv", delimiter: "," };

async function parsed(content: string | Uint8Array, options: CallOptions = {}) {
  const result = await parseBytes(content, { params: CSV, ...options });
  checkAccounts(result);
  const rejects = result.rejects.map(({ line, reason }) => [line, reason]);
  const values = (result.files["pil-90__bio_signal__2026-01-20.parquet"]?.rows ?? []).map(([, m0]) => m0);
  return { ...result, rejects, values };
}

/** A row whose value is its second. */
function row(second: number, note = "fine"): string {
  return `${T}:${String(second).padStart(2, "0")}Z,${second},${note}\n`;
}

Deno.test("parse loses one line to a stray quote, whatever stands in a field behind it", async () => {
  for (const later of ["fine", 'and "quoted"', '"quoted"', '"a, b"', '""', 'size 5",x', '"two\nlines"']) {
    const notes = new Map([[10, '"oops'], [30, later]]);
    const text = HEADER + Array.from({ length: 59 }, (_, i) => row(i, notes.get(i))).join("");
    for (const tuning of [{}, { chunk: 7 }, { quick: false }]) {
      const { metrics, rejects, values } = await parsed(text, { tuning });
      const long = later === 'size 5",x';
      assertEquals([later, rejects], [later, [[12, "unclosed quote"], ...(long ? [[32, "long row"]] : [])]]);
      assertEquals(values, Array.from({ length: 59 }, (_, i) => i).filter((i) => i !== 10 && !(long && i === 30)));
      assertEquals([metrics.lines, metrics.accepted], [60, long ? 57 : 58]);
    }
  }
});

Deno.test("parse reads quoted fields over several lines, with blanks and line ends behind them", async () => {
  const text = `${HEADER}${row(1, '"a\nb" ')}${row(2, '"\n""c""\n"\t\r')}${T}:03Z,"3\n" ,"x\n"\n${T}:04Z,4, "\n"`;
  for (const chunk of [1, 9, 1000]) {
    const { metrics, rejects, values } = await parsed(text, { tuning: { chunk } });
    assertEquals([metrics.lines, metrics.accepted, values], [5, 4, [1, 2, null, 4]]);
    assertEquals(rejects, [[7, "not a whole number"]]);
  }
});

Deno.test("parse rejects of several lines that a quote holds together in vain only the first", async () => {
  const lines = (first: string, last: string) => `${HEADER}${first}\n${row(1)}${row(2)}${last}${row(3)}`;
  const cases: [string, string, [number, string][]][] = [
    // Too many fields.
    [`${T}:00Z,0,"oops`, `${T}:09Z,9,5",x\n`, [[2, "unclosed quote"], [5, "long row"]]],
    [`${T}:00Z,0,1,2,"oops`, row(9, '5"'), [[2, "unclosed quote"]]],
    // A stamp of several lines, and one that cannot be read.
    [`"${T}:00Z,0`, row(9, '5"'), [[2, "unclosed quote"]]],
    [`soon,0,"oops`, row(9, '5"'), [[2, "bad timestamp"]]],
    // The first field closes well, the second does not.
    [`${T}:00Z,"0\n","oops`, row(9, '"quoted"'), [[2, "unclosed quote"], [3, "text behind a closing quote"]]],
    // Text behind a closing quote in the first line already.
    [`${T}:00Z,"0"x,"oops`, row(9, '5"'), [[2, "unclosed quote"]]],
  ];
  for (const [first, last, expected] of cases) {
    for (const tuning of [{}, { chunk: 5 }, { quick: false }]) {
      const { rejects, values } = await parsed(lines(first, last), { tuning });
      assertEquals([first, rejects], [first, expected]);
      assertEquals([first, values], [first, last.startsWith(`${T}:09Z,9,5",x`) ? [1, 2, 3] : [1, 2, 3, 9]]);
    }
  }
});

Deno.test("parse rejects a line that is not UTF-8 alone, though a stray quote stands before it", async () => {
  const bytes = utf8(`${HEADER}${row(0, '"oops')}${row(1)}${row(2, "caf?")}${row(3, '5"')}${row(4, '"a?\nb"')}`)
    .map((byte) => byte === 63 ? 0xe9 : byte);
  const { rejects, values } = await parsed(bytes);
  assertEquals(rejects, [[2, "unclosed quote"], [4, "invalid utf-8"], [6, "invalid utf-8"], [7, "bad timestamp"]]);
  assertEquals(values, [1, 3]);
});

Deno.test("parse leaves a record that is still open to the next run, and no other", async () => {
  const begun = `${HEADER}${row(0, '"oops')}${row(1)}`;
  const cases: [string, number[], number][] = [
    [begun, [], 1],
    [begun + row(2, 'and "quoted"'), [1, 2], 0],
    [begun + row(2, '"open'), [1], 1],
    [begun + row(2, '"a\nb"') + row(3).slice(0, 9), [1, 2], 1],
  ];
  for (const [text, expected, pending] of cases) {
    for (const chunk of [1, 40, 1000]) {
      const { metrics, values } = await parsed(text, { settled: false, tuning: { chunk } });
      assertEquals([values, metrics.pending], [expected, pending]);
    }
  }
});

Deno.test("parse looks at no line much more often than a row has fields, however many have a stray quote", async () => {
  // In quotes each of these lines ends a field and opens another; alone it leaves one open.
  const text = `${HEADER}${'1","b\n'.repeat(50_000)}${row(1)}`;
  const start = performance.now();
  const { metrics, values } = await parsed(text);
  const seconds = (performance.now() - start) / 1000;
  assertEquals([metrics.rejected, values], [50_000, [1]]);
  assert(seconds < 10, `${seconds} s`);
});

/** Rows with quotes, delimiters and line ends put in. */
const NOTE = fc.constantFrom(
  "fine",
  "",
  '"a\nb"',
  '"oops',
  '5"',
  '"q"',
  'and "q"',
  '"a,b\n""c"" "',
  '" \n\n x" ',
  '""',
);
const LINE = fc.tuple(
  fc.constantFrom("Z", "Z", "Z", "Z", "?"),
  fc.oneof({ weight: 4, arbitrary: fc.constant("fine") }, { weight: 1, arbitrary: NOTE }),
  fc.array(fc.tuple(fc.nat(40), fc.constantFrom('"', '"', '""', ",", '",', ',"', ' "', '"\n')), { maxLength: 2 }),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom("\n", "\n", "\r\n", "\n \n"),
);
const FILE = fc.tuple(fc.array(LINE, { maxLength: 30 }), fc.boolean()).map(([lines, whole]) => {
  const texts = lines.map(([zone, note, insertions, spare, end], i) => {
    let text = row(i, note).replace("Z", zone).slice(0, -1);
    // Most lines stay as they are, so that there is something to lose.
    if (spare === 0) {
      for (const [place, what] of insertions) {
        const at = Math.min(place, text.length);
        text = text.slice(0, at) + what + text.slice(at);
      }
    }
    return text + end;
  });
  return HEADER + (whole ? texts.join("") : texts.join("").replace(/\r?\n$/, ""));
});

Deno.test("parse equals a slow reader of csv on rows with stray quotes", async () => {
  await fc.assert(
    fc.asyncProperty(FILE, fc.boolean(), async (text, settled) => {
      const { metrics, rejects, files } = await parseBytes(text, { params: CSV, settled });
      const expected = slowly(text, settled);
      const { header, blank, rejected, no_known_key, pending, accepted } = metrics;
      assertEquals({ header, blank, rejected, no_known_key, pending, accepted }, expected.metrics);
      assertEquals(
        rejects.filter(({ column }) => column === undefined).map(({ line, byte_offset }) => [line, byte_offset]),
        expected.rejects,
      );
      assertEquals(files["pil-90__bio_signal__2026-01-20.parquet"]?.rows ?? [], expected.rows);
    }),
    { numRuns: 600 },
  );
});

Deno.test("parse gives the same for rows with stray quotes in chunks of any size", async () => {
  await fc.assert(
    fc.asyncProperty(
      FILE,
      fc.boolean(),
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom(30, 100, 1e6),
      fc.constantFrom(40, 1e6),
      async (text, settled, chunk, longestQuoted, longest) => {
        const tuning = { longestQuoted, longest };
        const whole = await parsed(text, { settled, tuning });
        assertEquals(await parsed(text, { settled, tuning: { ...tuning, chunk } }), whole);
        assertEquals(await parsed(text, { settled, tuning: { ...tuning, quick: false } }), whole);
        const name = "pil-90_2026-01-20.csv.gz";
        assertEquals(await parsed(text, { settled, tuning: { ...tuning, chunk }, name }), whole);
      },
    ),
    { numRuns: 200 },
  );
});
