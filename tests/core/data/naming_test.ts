import { assertEquals, assertThrows } from "@std/assert";
import { formatFileName, parseFileName, parseRawName, type Substitution } from "../../../core/data/naming.ts";

Deno.test("parseFileName() takes apart what formatFileName() makes, and nothing else", () => {
  const day = "2026-01-20";
  for (
    const [name, parts] of [
      ["EXP_pil-90__bio_signal__2026-01-20.parquet", { source: "EXP_pil-90", domain: "bio_signal", day }],
      ["a__b__2026-01-20__5min.parquet", { source: "a", domain: "b", day, window: "5min" }],
    ] as const
  ) {
    assertEquals([parseFileName(name), formatFileName(parts)], [parts, name]);
  }
  for (
    const name of [
      "a__b__2026-01-20.parquet.bak",
      "a__b__2026-01-20.csv",
      "a__b__2026-02-30.parquet",
      "a__b__2026-13-01.parquet",
      "a__2026-01-20.parquet",
      "a__b__2026-01-20__.parquet",
    ]
  ) {
    assertEquals([name, parseFileName(name)], [name, undefined]);
  }
});

const sourceOf = (name: string, ...substitutions: Substitution[]) => parseRawName(name, substitutions).source;

Deno.test("parseRawName() reads the source before the first date, or behind it, and makes it safe", () => {
  assertEquals(parseRawName("EXP_pil 90__2026-01-20_2026-01-21.csv"), {
    source: "EXP_pil_90",
    unsanitised: "EXP_pil 90",
    date: "2026-01-20",
  });
  assertEquals(parseRawName("EXP_a.CSV.GZ"), { source: "EXP_a", unsanitised: "EXP_a" });
  assertEquals(
    ["2026-01-20_EXP_a.csv", "2026-01-20EXP.csv", "a.csv.b.csv", "a _ 2026-01-20.csv"].map((n) => sourceOf(n)),
    [
      "EXP_a",
      "EXP",
      "a.csv.b",
      "a",
    ],
  );
  assertEquals([".a.csv", "e\u0301%%_b.csv", "a.b-c_d.csv"].map((name) => sourceOf(name)), [
    "_a",
    "\u00e9_b",
    "a.b-c_d",
  ]);
  for (const name of ["2026-01-20.csv", "2026-01-20_ .csv", ".csv"]) {
    assertThrows(() => parseRawName(name), TypeError, "the name is only a date");
  }
});

Deno.test("parseRawName() substitutes in order, a text as it is written, a regex with its groups", () => {
  assertEquals(sourceOf("a.b.c_2026-01-20.csv", { src: ".", target: "-" }, { src: "a-b", target: "x" }), "x-c");
  assertEquals(sourceOf("abc.csv", { src: "b", target: "-$&-" }), "a-_-c");
  assertEquals(sourceOf("a12b34.csv", { src: "/(\\d)(\\d)/", target: "$2$1" }), "a21b43");
  for (const src of ["x/a/", "/a/x", "//"]) assertEquals([src, sourceOf("a.csv", { src, target: "b" })], [src, "a"]);
});
