import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type InputFile, matchGlobs, parseFileName } from "myx";
import { checkColumns } from "../../treatments/to_postgres/columns.ts";
import { type Feed, planFeeds } from "../../treatments/to_postgres/feed.ts";
import { select } from "../../treatments/to_postgres/filter.ts";
import { changeOf, type Inputs, isFresh } from "../../treatments/to_postgres/inputs.ts";
import { joinTables } from "../../treatments/to_postgres/join.ts";
import { parseTemplate } from "../../treatments/to_postgres/template.ts";

const inputFile = (name: string): InputFile => ({
  ...{ name, path: `/in/${name}`, role: "own" as const, size: 1, settled: true, sha256: `hash of ${name}` },
  ...parseFileName(name),
});

interface Plan {
  readonly template?: string;
  readonly layout?: "wide" | "long";
  readonly filters?: Parameters<typeof select>[0];
  readonly aggregations?: readonly string[];
  readonly prefix?: string;
}

function plan(names: readonly string[], change: Plan = {}): Feed[] {
  const { template = "{source}__{domain}__{aggregation}", layout = "wide", filters = [], aggregations = [] } = change;
  return planFeeds(names.map(inputFile), {
    ...{ template: parseTemplate(template, change.prefix ?? ""), layout, filters, aggregations },
    folder: "40_aggregated",
  });
}

const name = (source: string, domain = "bio", window = "10s") => `${source}__${domain}__2026-01-20__${window}.parquet`;

Deno.test("planFeeds() names tables by every word of the template", () => {
  const template = "{source} {experience}.{device} {domain} {aggregation} {step}";
  assertEquals(
    plan([name("EXP_1_pil-90")], { template, prefix: "lab-" })[0]!.table,
    "LAB_EXP_1_PIL_90_EXP_1_PIL_90_BIO_10S_AGGREGATED",
  );
  assertEquals(
    plan(["ab__b__2026-01-20.parquet"], { template: "{experience}{device}{aggregation}" })[0]!.table,
    "ABRAW",
  );
});

Deno.test("planFeeds() prefixes columns where the template alone lets devices share a table", () => {
  const prefix = (template: string) => plan([name("E_a"), name("E_b")], { template }).map(({ nameOf }) => nameOf("m0"));
  const selected = plan([name("E_a"), name("E_b")], { template: "{domain}", filters: [{ devices: ["a"] }] });
  assertEquals(selected.map(({ nameOf }) => nameOf("m0")), ["a__m0"]);
  assertEquals(prefix("{domain}"), ["a__m0", "b__m0"]);
  assertEquals(prefix("{experience} {aggregation}"), ["a__m0", "b__m0"]);
  assertEquals(prefix("{device}"), ["m0", "m0"]);
  assertEquals(prefix("{source}"), ["m0", "m0"]);
});

Deno.test("planFeeds() refuses what could not be told apart in a table, naming both sides and the fix", () => {
  const cases: [string[], Plan, RegExp][] = [
    [[name("E_pil-90"), name("E_pil_90")], {}, /"E_pil_90__.*beside "E_pil-90__.*"E_PIL_90__BIO__10S".*rename/],
    [[name("e_a"), name("E_a")], {}, /beside/],
    [[name("E_a"), name("E_a", "bio", "60s")], { template: "{source}" }, /mix windows; name \{aggregation\}/],
    [[name("E_a"), name("F_a")], { template: "{device}" }, /device "a".*name \{source\} or \{experience\}/],
    [[name("E_a"), name("F_a")], { template: "all", layout: "long" }, /device "a"/],
    [[name("E".repeat(60))], {}, /70 bytes/],
    [[name("ü".repeat(30))], {}, /70 bytes/],
    [["x.parquet"], {}, /"x.parquet": expected a name/],
  ];
  for (const [names, change, message] of cases) {
    const { message: found } = assertThrows(() => plan(names, change), TypeError);
    if (!message.test(found)) throw new Error(`${found} does not match ${message}`);
  }
  assertThrows(() => plan([], { template: "{devise}" }), TypeError, "{devise} is no word of it");
  assertEquals(
    plan([name("E_a"), name("E_a", "bio", "60s")], { template: "{source}", aggregations: ["10s"] }).length,
    1,
  );
});

Deno.test("checkColumns() refuses columns that meet, and names that are too long", () => {
  const check = (names: readonly string[], columns: readonly string[], template: string, recorded: Inputs[] = []) => {
    const feeds = plan(names, { template });
    const loaded = (feed: Feed) => columns.map((name) => ({ name, target: feed.nameOf(name), type: "int64" as const }));
    checkColumns("T", new Map(feeds.map((feed) => [feed, loaded(feed)])), recorded);
  };
  check([name("E_a"), name("E_b"), name("E_a", "env", "10s")].slice(0, 2), ["m0", "m1"], "all");
  assertThrows(() => check([name("E_a"), name("E_a", "env")], ["m0"], "all"), TypeError, "name {source} or {domain}");
  assertThrows(() => check([name("E_a")], ["ts"], "{source}"), TypeError, "is the time");
  assertThrows(() => check([name("E_a")], ["m".repeat(61)], "all"), TypeError, "64 bytes");
  assertThrows(
    () => check([name("E_a")], Array.from({ length: 1001 }, (_, i) => `m${i}`), "all"),
    TypeError,
    "1002 columns",
  );
  const known = (file: string): Inputs => ({ [file]: { sha256: "x", columns: ["a__m0"], naming: "", origin: "" } });
  check([name("E_a")], ["m0"], "all", [known("E_a__bio__2025-01-01__10s.parquet")]);
  assertThrows(
    () => check([name("E_a")], ["m0"], "all", [known("F_a__bio__2025-01-01__10s.parquet")]),
    TypeError,
    "F_a",
  );
});

Deno.test("select() adds up the filters that match a file", () => {
  const words = { source: "E_a", experience: "E", device: "a", domain: "bio", aggregation: "10s", step: "x" };
  const has = (filters: Parameters<typeof select>[0], column: string, aggregated = true) =>
    select(filters, words, aggregated)?.has(column);
  assertEquals(has([], "x"), true);
  assertEquals(has([{ devices: ["b"] }, { domain: "env" }], "x"), undefined);
  assertEquals(has([{ devices: ["?"] }], "x"), undefined);
  assertEquals(has([{ sources: ["*_a"], metrics: ["mean"] }, { columns: ["x*"] }], "m0__raw__mean"), true);
  assertEquals(has([{ sources: ["*_a"], metrics: ["mean"] }, { columns: ["x*"] }], "x__raw__std"), true);
  assertEquals(has([{ metrics: ["mean"] }], "m0__raw__std"), false);
  assertEquals(has([{ transforms: ["raw"], sensors: ["m0"] }], "m0", false), true);
  assertEquals(has([{ transforms: ["sqrt_inv"] }], "m0__sqrt_inv", false), true);
  assertEquals(has([{ sensors: ["m0"] }], "m0__flag"), true);
  assertEquals(has([{ sensors: ["m0"] }], "m1__flag"), false);
  assertEquals(has([{ sensors: ["m0"] }], "quality_flag"), true);
  assertEquals(
    select([{ sensors: ["m0"] }], words, true)!.id,
    select([{ domain: "bio", sensors: ["m0"] }], words, true)!.id,
  );
});

Deno.test("matchGlobs() takes everything but * literally", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 12 }), fc.string({ maxLength: 5 }), (text, rest) => {
    const literal = text.replaceAll("*", "");
    assertEquals(matchGlobs([literal])(literal), true);
    assertEquals(matchGlobs([literal])(`${literal}x`), false);
    assertEquals(matchGlobs([`${literal}*`])(literal + rest), true);
    assertEquals(matchGlobs(["nothing", `*${literal}`])(rest + literal), true);
  }));
});

Deno.test("changeOf() keeps, drops and takes over columns as isFresh() then finds them", () => {
  const columns = fc.subarray(["m0", "m1", "m2", "m3"]);
  const run = fc.record({ files: fc.subarray(["E_a", "E_b", "E_c"]), columns, replace: fc.boolean() });
  fc.assert(fc.property(fc.array(run, { maxLength: 8 }), (runs) => {
    let inputs: Inputs = {};
    /** Which feed has filled a column last. */
    const owners = new Map<string, string>();
    for (const { files, columns, replace } of runs) {
      const ownership = {
        origin: "o",
        folder: "f",
        files: new Set<string>(),
        step: "s",
        alone: false,
        anew: false,
        replace,
      };
      const filters = columns.length === 4 ? [] : [{ columns }];
      const feeds = plan(files.map((source) => name(source)), { template: "all", filters });
      const names = new Map(feeds.map((feed) => [feed, columns.map((column) => feed.nameOf(column))]));
      const change = changeOf(inputs, names, ownership);
      const ids = new Set(feeds.map(({ id }) => id));
      for (const [column, id] of owners) if (ids.has(id) || replace) owners.delete(column);
      for (const [feed, list] of names) for (const column of list) owners.set(column, feed.id);
      const expected = new Set([...owners.keys()]);
      const written = [...names.values()].flat();
      assertEquals(new Set([...written, ...change.kept]), expected);
      assertEquals(change.dropped.some((column) => expected.has(column)), false);
      for (const [column, id] of owners) assertEquals(change.inputs[id]!.columns.includes(column), true);
      // A feed that has lost a column to another has to be loaded again, and one that has none stays known.
      for (const [id, { columns, sha256 }] of Object.entries(inputs)) {
        const left = change.inputs[id];
        if (ids.has(id) || replace) continue;
        if (left) assertEquals(left.sha256, left.columns.length === columns.length ? sha256 : null);
        else assertEquals(columns.length > 0, true);
      }
      inputs = change.inputs;
      assertEquals(isFresh(inputs, feeds, ownership), true);
    }
  }));
});

Deno.test("checkColumns() refuses columns that PostgreSQL has in every table", () => {
  const [feed] = plan([name("EXP_a")]);
  for (const system of ["xmin", "xmax", "cmin", "cmax", "ctid", "tableoid"]) {
    const column = { name: system, target: system, type: "int64" as const };
    const message = `Cannot load column "${system}" of "${name("EXP_a")}" into table "T"`;
    assertThrows(() => checkColumns("T", new Map([[feed!, [column]]]), []), TypeError, message);
  }
  checkColumns("T", new Map([[feed!, [{ name: "XMIN", target: "XMIN", type: "int64" }]]]), []);
});

Deno.test("joinTables() gives each time of any table once, null where a table lacks it", () => {
  // Sets of four times: equal, of equal length, one within the other, apart, empty.
  const sets = Array.from({ length: 16 }, (_, bits) => [0, 1, 2, 3].filter((time) => bits & (1 << time)));
  for (const [a, b] of sets.flatMap((a) => sets.map((b) => [a, b] as const))) {
    const times = [a, b, a];
    const { ts, columns } = joinTables(times.map((list, i) => ({
      ts: Float64Array.from(list),
      columns: [{ name: `c${i}`, type: "int64", values: Float64Array.from(list, (time) => 10 * i + time) }],
    })));
    const all = [0, 1, 2, 3].filter((time) => times.some((list) => list.includes(time)));
    assertEquals([...ts], all);
    assertEquals(
      columns.map(({ values }) => [...values]),
      times.map((list, i) => all.map((time) => list.includes(time) ? 10 * i + time : NaN)),
    );
  }
});
