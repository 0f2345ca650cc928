import { assertEquals, assertThrows } from "@std/assert";
import {
  compareNames,
  formatFileName,
  isFlagColumn,
  parseFileName,
  parseRawName,
  type Substitution,
} from "../../../core/data/naming.ts";

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
  assertEquals(
    [".a.csv", "e\u0301%%_b.csv", "a.b-c_d.csv", "2026-01-20_ a b .csv", "a__b__c.csv"].map((name) => sourceOf(name)),
    [
      "_a",
      "\u00e9_b",
      "a.b-c_d",
      "a_b",
      "a_b_c",
    ],
  );
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

Deno.test("compareNames() orders by code units", () => {
  const names = ["b", "a", "B", "a10", "a2", "é", "a"];
  assertEquals(names.toSorted(compareNames), ["B", "a", "a", "a10", "a2", "b", "é"]);
  assertEquals([compareNames("a", "b"), compareNames("b", "a"), compareNames("a", "a")], [-1, 1, 0]);
});

Deno.test("isFlagColumn() tells flags from data", () => {
  const names = ["quality_flag", "m0__flag", "m0", "flag", "__flag__x", "quality_flag_2"];
  assertEquals(names.filter(isFlagColumn), ["quality_flag", "m0__flag"]);
});
