/** What a file's form is judged by. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formOf } from "../../../core/raw/form.ts";
import type { RawSettings } from "../../../core/raw/settings.ts";

const FIRST = fc.tuple(
  fc.constantFrom("", "", " ", "\u00a0", "\0", '"', "x"),
  fc.constantFrom("2026-01-20T00:00:00Z", "2026-01-20 00:00:00,5", "20/01/2026 10:00", "time", ""),
  fc.array(fc.constantFrom(";m0:1", ",m0:1", "\tm0:1", ";m0", ",m0", ";1", ",t\u00e9:5", ":", ";", " "), {
    maxLength: 4,
  }),
  fc.constantFrom("\n", "\r\n", "\r\r\n", "\0\n", ""),
).map(([before, stamp, fields, end]) => `${before}${stamp}${fields.join("")}${end}`);

const DELIMITER = fc.constantFrom("auto", ";", ",", "\t", "|");
const FORMAT = fc.constantFrom("auto" as const, "kv" as const, "csv" as const);

Deno.test("a first line that tells the form tells what all lines do", () => {
  fc.assert(
    fc.property(
      fc.array(FIRST, { maxLength: 4 }),
      DELIMITER,
      FORMAT,
      fc.boolean(),
      fc.boolean(),
      (lines, delimiter, format, settled, whole) => {
        const settings = { delimiter, format } as RawSettings;
        const look = (text: string) => {
          const bytes = new TextEncoder().encode(text);
          try {
            return formOf("a.csv", { bytes, whole, bom: false }, settled, settings);
          } catch (error) {
            return (error as Error).message;
          }
        };
        // Behind a blank line nothing is told by the first.
        const text = lines.join("").replace(/^(?:\0*\r*\n)+/, "");
        assertEquals(look(text), look(`\n${text}`));
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("formOf() sees key:value behind the rest of a line, though some lines have a key without a value", () => {
  const settings = { delimiter: ";", format: "auto" } as RawSettings;
  const look = (...lines: string[]) => {
    const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
    return formOf("a.csv", { bytes, whole: true, bom: false }, true, settings).format;
  };
  const pairs = ["2026-01-20T10:00:00Z;m0:1;m1:2", "2026-01-20T10:00:01Z;m0:1;m1", "2026-01-20T10:00:02Z;m0:1;m1:2"];
  for (const rest of ["2026-0", "0Z;m1:2", "m0:1;m1:2"]) assertEquals(look(rest, ...pairs), "kv", rest);
  const bare = ["2026-01-20T10:00:00Z;m0:1;on", "2026-01-20T10:00:01Z;m0:1;on"];
  assertEquals(look("0Z;m0:1;m1:2", ...bare), "kv");
  // No csv has a header of one name.
  assertEquals(look("2026-0", ...bare), "kv");
  // A note with a colon does not make a csv another thing, nor do rows without a value.
  const rows = [
    "2026-01-20T10:00:00Z;;door: open",
    "2026-01-20T10:00:01Z;;",
    "2026-01-20T10:00:02Z;;",
    "2026-01-20T10:00:03Z;1;",
  ];
  assertEquals(look("time;m0;note", ...rows, "2026-01-20T10:00:04Z;2;"), "csv");
  const notes = [rows[0]!, rows[0]!, rows[0]!];
  assertEquals(look("time;m0;note", ...notes, "2026-01-20T10:00:04Z;-2.5e1;"), "csv");
  // The rest of a line may have keys without a value alone.
  assertEquals(look("00Z;on", ...pairs), "kv");
});

Deno.test("formOf() does not take the fraction and offset of a stamp for a key and its value", () => {
  const settings = { delimiter: "auto", format: "auto" } as RawSettings;
  const look = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return formOf("a.csv", { bytes, whole: true, bom: false }, true, settings);
  };
  for (const stamp of ["2026-01-20T10:00:00,123+01:00", "2026-01-20 10:00:00,5-03:30"]) {
    for (const delimiter of [";", "\t"]) {
      assertEquals(look(`${stamp}${delimiter}m0:1\n`), { format: "kv", delimiter });
      assertEquals(look(`time${delimiter}m0\n${stamp}${delimiter}1\n`), { format: "csv", delimiter });
    }
  }
});

Deno.test("formOf() finds the delimiter behind the stamps where keys lack values and names have commas", () => {
  const look = (text: string, format: RawSettings["format"] = "auto") => {
    const sample = { bytes: new TextEncoder().encode(text), whole: true, bom: false };
    return formOf("a.csv", sample, true, { delimiter: "auto", format } as RawSettings);
  };
  const stamp = "2026-01-20T10:00:00Z";
  for (const delimiter of [",", ";", "\t"]) {
    for (const rest of ["", "m0", "m0 \n# note, or not; who knows"]) {
      const kv = { format: "kv", delimiter } as const;
      assertEquals(look(`${stamp}${delimiter}${rest}\n`), kv);
      assertEquals(look(`${stamp}${delimiter}${rest}\n`, "kv"), kv);
      assertEquals(look(`${stamp}\n${stamp}${delimiter}${rest}\n`), kv);
    }
  }
  for (const delimiter of [";", "\t"]) {
    const header = ["time", "temp (C, in)", "humidity (%, in, mean)"].join(delimiter);
    const comma = "2026-01-20 10:00:00,5+01:00";
    for (const time of [stamp, `"${stamp}"`, comma, `"${comma}"`]) {
      const row = [time, "1,5", "2"].join(delimiter);
      assertEquals(look(`${header}\n${row}\n`), { format: "csv", delimiter });
      assertEquals(look(`${header}\n${row}\n`, "csv"), { format: "csv", delimiter });
    }
  }
  // What is no header has none of it.
  assertEquals(look(`Logger 7, lab\ntime;m0\n${stamp};1\n`).delimiter, ",");
});

Deno.test("formOf() takes the param at its word that a file is csv, whatever its names and texts look like", () => {
  const look = (format: RawSettings["format"], ...lines: string[]) => {
    const sample = { bytes: new TextEncoder().encode(`${lines.join("\n")}\n`), whole: true, bom: false };
    return formOf("a.csv", sample, true, { delimiter: ";", format } as RawSettings).format;
  };
  const names = ["time;t:inside;t:outside", "20/01/2026 10:00;1;2"];
  assertEquals([look("auto", ...names), look("csv", ...names)], ["kv", "csv"]);
  const texts = ["time;note", "2026-01-20T10:00:00Z;door: open", "2026-01-20T10:00:01Z;door: shut"];
  assertEquals([look("auto", ...texts), look("csv", ...texts)], ["kv", "csv"]);
});

Deno.test("formOf() looks at an only line without its line end once it is settled, or too long for the sample", () => {
  const look = (settled: boolean, whole: boolean) => {
    const bytes = new TextEncoder().encode("2026-01-20T10:00:00Z;m0:1");
    return formOf("a.csv", { bytes, whole, bom: false }, settled, { delimiter: "auto", format: "auto" } as RawSettings);
  };
  for (const [settled, whole] of [[true, true], [true, false], [false, false]] as const) {
    assertEquals(look(settled, whole), { format: "kv", delimiter: ";" });
  }
  // One that is still being written may go on in any way.
  const bytes = new TextEncoder().encode("2026-01-20T10:00:00Z;0");
  const settings = { delimiter: ";", format: "auto" } as RawSettings;
  assertEquals(formOf("a.csv", { bytes, whole: true, bom: false }, false, settings).format, "kv");
});

Deno.test("formOf() takes no longer than linear time", () => {
  const settings = { delimiter: ";", format: "auto" } as RawSettings;
  const rows = "2026-01-20T10:00:00Z;m0:1\n2026-01-20T10:00:01Z;m0:1;m1:2\n";
  const odd = [
    `x${"\r".repeat(65_000)}x\n${rows}`,
    ...["1", "1,"].map((digits) => `x;a\n${rows}2026-01-20T10:00:02Z;${digits.repeat(60_000 / digits.length)}x\n`),
  ];
  const start = performance.now();
  for (const text of odd) {
    const sample = { bytes: new TextEncoder().encode(text), whole: true, bom: false };
    assertEquals(formOf("a.csv", sample, true, settings).format, "kv");
  }
  assert(performance.now() - start < 2000);
});
