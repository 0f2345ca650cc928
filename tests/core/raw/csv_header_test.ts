import { assertEquals, assertThrows } from "@std/assert";
import { readHeader } from "../../../core/raw/csv_header.ts";

const read = (line: string, delimiter = ";", timeColumns: string[] = []) =>
  readHeader("a.csv", line, delimiter, timeColumns);

Deno.test("readHeader() gives names and where the time is", () => {
  assertEquals(read(' Time ;"m0;x";m1'), { names: ["Time", "m0;x", "m1"], time: [0] });
  assertEquals(read("m0;Time", ";", ["Time"]), { names: ["m0", "Time"], time: [1] });
  const parts = ["y", "mo", "d", "h", "mi", "s"];
  assertEquals(read("m0,s,mi,h,d,mo,y", ",", parts).time, [6, 5, 4, 3, 2, 1]);
  // Columns without a name are not read, so any number may be.
  assertEquals(read("Time;m0;;").names, ["Time", "m0", "", ""]);
  assertEquals(read("at 2026-01-20;1,0").names, ["at 2026-01-20", "1,0"]);
  assertEquals(read("1;2", ";", ["1"]), { names: ["1", "2"], time: [0] });
});

Deno.test("readHeader() refuses a line that cannot be a header, and says why", () => {
  for (
    const [told, line, timeColumns] of [
      ["its header line has unclosed quote", 'Time;"m0'],
      ['its header names "m0", "m1" more than once', "Time;m0;m1;m0;m1"],
      ['its header names "m0" more than once', "Time;m0;m0"],
      ['but ","; set delimiter in the params of this step to that or to "auto"', "Time,m0"],
      ['its header has no ";", but "\\t"', "Time\tm0"],
      ['its first line, "2026-01-20T10:00:00Z", "5", names no columns', "2026-01-20T10:00:00Z;5"],
      ['its first line, "1", "2", names no columns', "1;2"],
      ["names only one column", "Time"],
      ['has no time column "when", only "Time", "m0"', "Time;m0", ["when"]],
    ] as [string, string, string[]?][]
  ) {
    assertThrows(() => read(line, ";", timeColumns), TypeError, told);
  }
});
