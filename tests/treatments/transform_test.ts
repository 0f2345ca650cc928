import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Table } from "myx";
import { runTreatment, tableOf } from "../harness.ts";
import { applyTo, FUNCTIONS } from "../../treatments/transform/functions.ts";

const BIO = "S_1__bio_signal__2026-01-20.parquet";
const ENVIRONMENT = "S_1__environment__2026-01-20.parquet";

const bio = tableOf(["m0", "m1", "quality_flag"], [[0, 4, 16, 0], [1, 0, -1, 3], [2, null, 100, 1]]);
const temperature = tableOf(["outdoor_temp"], [[0, 20.5], [1, null]], "f");

const names = (table: Table) => table.columns.map((column) => column.name);
const types = (table: Table) => table.columns.map((column) => column.type);
const values = (table: Table, name: string) => {
  const column = table.columns.find((column) => column.name === name);
  return column && Array.from(column.values, (value) => Number.isNaN(value) ? null : value);
};

Deno.test("transform adds columns right behind their sources, in the order given", async () => {
  const { table } = await runTreatment("transform", { [BIO]: bio }, {
    transforms: [
      { function: "log", target: { columns: ["m1"] }, mode: "add" },
      { function: "sqrt_inv", target: { domain: "bio_signal" }, mode: "add" },
    ],
  });
  const result = table(BIO);
  assertEquals(names(result), ["m0", "m0__sqrt_inv", "m1", "m1__log", "m1__sqrt_inv", "quality_flag"]);
  assertEquals(types(result), ["int64", "float64", "int64", "float64", "float64", "int64"]);
  assertEquals(values(result, "m0"), [4, 0, null]);
  assertEquals(values(result, "m0__sqrt_inv"), [0.5, null, null]);
  assertEquals(values(result, "m1__sqrt_inv"), [0.25, null, 0.1]);
  assertEquals(values(result, "quality_flag"), [0, 3, 1]);
  assertEquals([...result.ts], [...bio.ts]);
});

Deno.test("transform records the columns it adds, and keeps the record of earlier ones", async () => {
  const add = (name: string, column: string) => ({
    transforms: [{ function: name, target: { columns: [column] }, mode: "add" }],
  });
  const once = (await runTreatment("transform", { [BIO]: bio }, add("cbrt_inv", "m0"))).table(BIO);
  assertEquals(once.meta?.added, { m0__cbrt_inv: { source: "m0", function: "cbrt_inv" } });
  const twice = (await runTreatment("transform", { [BIO]: once }, add("log", "m0__cbrt_inv"))).table(BIO);
  assertEquals(names(twice), ["m0", "m0__cbrt_inv", "m0__cbrt_inv__log", "m1", "quality_flag"]);
  assertEquals(twice.meta?.added, {
    m0__cbrt_inv: { source: "m0", function: "cbrt_inv" },
    m0__cbrt_inv__log: { source: "m0__cbrt_inv", function: "log" },
  });
});

Deno.test("transform passes on no metadata but its own", async () => {
  const { table } = await runTreatment("transform", { [BIO]: { ...bio, meta: { treatment: "parse", old: 1 } } });
  assertEquals(table(BIO).meta?.old, undefined);
  assertEquals(table(BIO).meta?.treatment, undefined);
  assertEquals(table(BIO).meta?.added, undefined);
});

Deno.test("transform replaces a column and its type, identity keeps the type", async () => {
  const { table } = await runTreatment("transform", { [BIO]: bio }, {
    transforms: [
      { function: "sqrt_inv", target: { columns: ["m0"] }, mode: "replace" },
      { function: "identity", target: { columns: ["m1"] }, mode: "replace" },
    ],
  });
  const result = table(BIO);
  assertEquals(names(result), ["m0", "m1", "quality_flag"]);
  assertEquals(types(result), ["float64", "int64", "int64"]);
  assertEquals(values(result, "m0"), [0.5, null, null]);
  assertEquals(values(result, "m1"), [16, -1, 100]);
  assertEquals(result.meta?.added, undefined);
});

Deno.test("transform reads columns as they came in, whatever the order of transforms", async () => {
  const replace = { function: "celsius_to_fahrenheit", target: { domain: "environment" }, mode: "replace" };
  const add = { function: "identity", target: { columns: ["outdoor_temp"] }, mode: "add" };
  for (const transforms of [[replace, add], [add, replace]]) {
    const result = (await runTreatment("transform", { [ENVIRONMENT]: temperature }, { transforms })).table(ENVIRONMENT);
    assertEquals(names(result), ["outdoor_temp", "outdoor_temp__identity"]);
    assertEquals(values(result, "outdoor_temp"), [68.9, null]);
    assertEquals(values(result, "outdoor_temp__identity"), [20.5, null]);
  }
});

Deno.test("transform counts values turned null because they are not above 0", async () => {
  const transforms = [{ function: "sqrt_inv", target: { domain: "bio_signal" }, mode: "add" }];
  const { metrics } = await runTreatment("transform", { [BIO]: bio }, { transforms });
  assertEquals(metrics.nulled_domain, 2);
});

Deno.test("transform passes a domain without a transform through, column files of 0 rows too", async () => {
  const transforms = [{ function: "log", target: { domain: "bio_signal" }, mode: "add" }];
  const empty = tableOf(["m0", "quality_flag"], []);
  const { table, warnings } = await runTreatment("transform", { [ENVIRONMENT]: temperature, [BIO]: empty }, {
    transforms,
  });
  assertEquals(names(table(ENVIRONMENT)), ["outdoor_temp"]);
  assertEquals(values(table(ENVIRONMENT), "outdoor_temp"), [20.5, null]);
  assertEquals(names(table(BIO)), ["m0", "m0__log", "quality_flag"]);
  assertEquals(table(BIO).ts.length, 0);
  assertEquals(warnings, []);
});

Deno.test("transform skips channels a device lacks, and points at names that look like slips", async () => {
  const transforms = [{ function: "log", target: { columns: ["m11", "m0", "outdor_temp"] } }];
  const quiet = await runTreatment("transform", { [BIO]: bio }, { transforms });
  assertEquals(names(quiet.table(BIO)), ["m0", "m0__log", "m1", "quality_flag"]);
  assertEquals(quiet.warnings, []);
  const { warnings } = await runTreatment("transform", { [ENVIRONMENT]: temperature }, { transforms });
  assertEquals(warnings, [
    `transforms[0].target.columns[2]: no column "outdor_temp" (did you mean "outdoor_temp"?); skipped in "${ENVIRONMENT}"`,
  ]);
});

Deno.test("transform takes no column that is there for a slip of another", async () => {
  const table = tableOf(["outdoor_temp", "outdoor_temps"], [[0, 1, 2]], "ff");
  const transforms = [{ function: "log", target: { columns: ["outdoor_temp", "outdoor_temps"] } }];
  assertEquals((await runTreatment("transform", { [ENVIRONMENT]: table }, { transforms })).warnings, []);
});

Deno.test("transform refuses what it does not understand and says where", async () => {
  const target = { columns: ["m0"] };
  const cases: [unknown[], string][] = [
    [
      [{ function: "log", target }, { function: "sqrt_in", target }],
      'Cannot use transforms[1].function: found "sqrt_in" (did you mean "sqrt_inv"?), expected "sqrt_inv", "cbrt_inv", ' +
      '"log", "celsius_to_fahrenheit" or "identity"',
    ],
    [[{ function: "log", target, mode: "append" }], 'transforms[0].mode: found "append"'],
    [[{ function: "log", target: {} }], "transforms[0].target: expected either"],
    [[{ function: "log", target: { columns: ["m0"], domain: "bio_signal" } }], "transforms[0].target: expected either"],
    [[{ function: "log", target: { columns: ["m0", "quality_flag"] } }], "transforms[0].target.columns[1]"],
    [[{ function: "log", target: { columns: ["ts"] } }], 'transforms[0].target.columns[0]: "ts" is no data column'],
  ];
  for (const [transforms, message] of cases) {
    const error = await assertRejects(() => runTreatment("transform", { [BIO]: bio }, { transforms }), TypeError);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("transform refuses two transforms that give the same column", async () => {
  const one = (mode: string, target: unknown, name = "log") => ({ function: name, target, mode });
  const cases = [
    [[one("add", { columns: ["m0"] }), one("add", { domain: "bio_signal" })], "m0__log", "and transforms[1] make it"],
    [
      [one("replace", { columns: ["m0"] }), one("replace", { columns: ["m0"] }, "identity")],
      "m0",
      "and transforms[1] make it",
    ],
    [[one("add", { columns: ["m0", "m0"] })], "m0__log", "makes it twice"],
    [[one("add", { columns: ["m7"] }), one("add", { columns: ["m7"] })], "m7__log", "and transforms[1] make it"],
  ] as const;
  for (const [transforms, column, why] of cases) {
    await assertRejects(
      () => runTreatment("transform", { [BIO]: bio }, { transforms }),
      TypeError,
      `Cannot make column "${column}": transforms[0] ${why}`,
    );
  }
  const before = tableOf(["m0", "m0__log"], [[0, 1, 2]]);
  for (const mode of ["add", undefined]) {
    const transforms = [{ function: "log", target: { columns: ["m0"] }, mode }];
    await assertRejects(
      () => runTreatment("transform", { [BIO]: before }, { transforms }),
      TypeError,
      "already has it",
    );
  }
});

Deno.test("treatment.json names exactly the functions there are", () => {
  const url = new URL("../../treatments/transform/treatment.json", import.meta.url);
  const { params } = JSON.parse(Deno.readTextFileSync(url));
  assertEquals(params.transforms.items.properties.function.enum, [...FUNCTIONS.keys()]);
});

Deno.test("functions give the values of their formulas", () => {
  const at = (name: string, x: number) => FUNCTIONS.get(name)!(x);
  assertEquals([at("sqrt_inv", 4), at("cbrt_inv", 8), at("log", Math.E)], [0.5, 0.5, 1]);
  assertEquals([-40, 0, 37, 100].map((x) => at("celsius_to_fahrenheit", x)), [-40, 32, 98.6, 212]);
  for (const name of ["sqrt_inv", "cbrt_inv", "log"]) {
    for (const x of [0, -0, -1, -Infinity]) assertEquals(at(name, x), NaN);
  }
  fc.assert(fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
    assertAlmostEquals(at("sqrt_inv", x) ** 2 * x, 1, 1e-12);
    assertAlmostEquals(at("cbrt_inv", x) ** 3 * x, 1, 1e-12);
    assertAlmostEquals(Math.exp(at("log", x) - Math.log(x)), 1, 1e-12);
    assertEquals(at("identity", x), x);
  }));
});

Deno.test("applyTo() keeps nulls, and counts only values that become null", () => {
  const cell = fc.option(fc.double({ noNaN: true }), { nil: NaN });
  fc.assert(fc.property(fc.array(cell), fc.constantFrom(...FUNCTIONS.keys()), (cells, name) => {
    const transform = FUNCTIONS.get(name)!;
    const { values, nulled } = applyTo(Float64Array.from(cells), transform);
    assertEquals([...values], cells.map((x) => Number.isNaN(x) ? NaN : transform(x)));
    const limited = ["sqrt_inv", "cbrt_inv", "log"].includes(name);
    assertEquals(nulled, limited ? cells.filter((x) => x <= 0).length : 0);
  }));
});
