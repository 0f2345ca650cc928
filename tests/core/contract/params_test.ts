import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkComplete, checkParams, mergeParams } from "../../../core/contract/params.ts";
import type { ParamSpec } from "../../../core/contract/treatment.ts";

const where = { file: "f.json", path: ["params"] };

function problems(spec: ParamSpec, value: unknown): string[] {
  return checkParams({ x: spec }, { x: value }, where)
    .map((line) => line.replace(/^Cannot use (params\.)?/, "").replace(' of "f.json"', ""));
}

Deno.test("checkParams() takes values of the declared type and no others", () => {
  const values: Record<string, unknown> = {
    text: "a",
    whole: 1,
    fraction: 1.5,
    truth: true,
    object: {},
    list: [],
    nothing: null,
    large: 2 ** 53,
    endless: Infinity,
  };
  const good: Record<ParamSpec["type"], string[]> = {
    string: ["text"],
    integer: ["whole"],
    float: ["whole", "fraction", "large"],
    boolean: ["truth"],
    object: ["object"],
    array: ["list"],
  };
  for (const [type, names] of Object.entries(good) as [ParamSpec["type"], string[]][]) {
    const taken = Object.keys(values).filter((name) => problems({ type, required: true }, values[name]).length === 0);
    assertEquals(taken, names, type);
  }
});

Deno.test("checkParams() takes null where a param may be not set", () => {
  const cases: [Partial<ParamSpec>, boolean][] = [
    [{}, true],
    [{ default: null }, true],
    [{ default: 1 }, false],
    [{ required: true }, false],
    [{ default: 1, required: false }, true],
    [{ default: 1, enum: [1, null] }, true],
  ];
  for (const [spec, taken] of cases) {
    assertEquals(problems({ type: "float", ...spec }, null).length === 0, taken, JSON.stringify(spec));
  }
  assertEquals(problems({ type: "array", items: { type: "float" } }, [1, null]), [
    "x[1]: found null, expected a float",
  ]);
  assertEquals(problems({ type: "array", items: { type: "float", required: false } }, [1, null]), []);
});

Deno.test("checkParams() names path, found and expected", () => {
  const object: ParamSpec = {
    type: "object",
    properties: { name: { type: "string", required: true }, decimals: { type: "integer", minimum: 0, maximum: 9 } },
  };
  const secret: ParamSpec = { type: "object", properties: { password: { type: "string", secret: true } } };
  const cases: [ParamSpec, unknown, string[]][] = [
    [{ type: "array", items: { type: "string" } }, ["10s", 60], ["x[1]: found 60 (integer), expected text (string)"]],
    [{ type: "integer", minimum: 1, maximum: 1 }, 1, []],
    [{ type: "integer", minimum: 1 }, 0, ["x: found 0 (integer), expected an integer, at least 1"]],
    [{ type: "float", maximum: 1 }, 1.1, ["x: found 1.1 (float), expected a float, at most 1"]],
    [{ type: "string", enum: ["append", "replace"] }, "appnd", [
      'x: found "appnd" (string) (did you mean "append"?), expected one of "append" or "replace"',
    ]],
    [object, {}, ["x.name: found nothing, expected text (string)"]],
    [object, { name: "a", decimals: 10, nmae: 1 }, [
      "x.decimals: found 10 (integer), expected an integer, at least 0, at most 9",
      'x.nmae: found unknown key (did you mean "name"?), expected "name" or "decimals"',
    ]],
    [{ type: "object", items: object }, { a: { name: 1 } }, ["x.a.name: found 1 (integer), expected text (string)"]],
    [{ type: "object", items: object }, { a: null }, ["x.a: found null, expected an object"]],
    [{ type: "object" }, { any: [1, "b", null] }, []],
    [{ type: "object" }, { deep: ["{NOW}"] }, [
      'x.deep[0]: found "{NOW}" (string), expected a value without {NOW}, which only the params from and to may use',
    ]],
    [{ type: "string", enum: ["a"] }, "{env:NAME}", []],
    [{ type: "string" }, "{env:}", [
      'x: found "{env:}" (string), expected "{env:NAME}" with a name of letters, digits and "_"',
    ]],
    [{ type: "integer", secret: true }, "hunter2", ["x: found a secret (string), expected an integer"]],
    [{ type: "string", secret: true }, "hunter{NOW}2", []],
    [{ type: "string", secret: true }, "hunter{env:-}", [
      'x: found a secret, expected "{env:NAME}" with a name of letters, digits and "_"',
    ]],
    [secret, ["hunter2"], ["x: found a secret (array), expected an object"]],
    [{ type: "string", format: "window" }, "5min", []],
    [{ type: "string", format: "window" }, "{env:NAME}", []],
    [{ type: "string", format: "window" }, "7s", [
      'x: found "7s" (string), which does not divide a day, expected a duration that divides a day, such as "1s", "5min" ' +
      'or "1h"',
    ]],
    ...["0.1s", "0.3s", "0.000001s", "0.3min"].map((text): [ParamSpec, unknown, string[]] => [
      { type: "string", format: "window" },
      text,
      [],
    ]),
    [{ type: "string", format: "window" }, "1.0000001s", [
      'x: found "1.0000001s" (string), which does not divide a day, expected a duration that divides a day, such as "1s", ' +
      '"5min" or "1h"',
    ]],
    [{ type: "string", format: "window" }, "1 s", [
      'x: found "1 s" (string), which is no duration, expected a duration that divides a day, such as "1s", "5min" or "1h"',
    ]],
    [{ type: "string", format: "duration" }, "7s", []],
    [{ type: "string", format: "duration" }, "7m", [
      'x: found "7m" (string), which is no duration, expected a duration, such as "10s", "5min", "1h" or "1d"',
    ]],
    [{ type: "array", items: { type: "string", format: "duration" } }, ["1h", "1"], [
      'x[1]: found "1" (string), which is no duration, expected a duration, such as "10s", "5min", "1h" or "1d"',
    ]],
    [{ type: "string", format: "zone" }, "Europe/Paris", []],
    [{ type: "string", format: "zone" }, "+02:00", []],
    [{ type: "string", format: "zone" }, "Europe/Pari", [
      'x: found "Europe/Pari" (string) (did you mean "Europe/Paris"?), expected an IANA time zone, such as "UTC" or ' +
      '"Europe/Paris"',
    ]],
    [{ type: "string", format: "zone" }, "europe/paris", []],
    ...["2026-01-20T00:00[UTC]", "2026-01-20T00:00Z", "2026-01-20T10:00+01:00", "T10:00Z"].map((
      text,
    ): [ParamSpec, unknown, string[]] => [
      { type: "string", format: "zone" },
      text,
      [`x: found "${text}" (string), which is no time zone, expected an IANA time zone, such as "UTC" or "Europe/Paris"`],
    ]),
    [{ type: "string", format: "date" }, "2024-02-29", []],
    [{ type: "string", format: "date" }, "2026-02-29", [
      'x: found "2026-02-29" (string), which is no date, expected a date as YYYY-MM-DD, such as "2026-01-20"',
    ]],
    ...["2026-01-20", "2026-01-20T06:00:00Z", "2026-01-20T06:00:00"].map((text): [ParamSpec, unknown, string[]] => [
      { type: "string", format: "bound" },
      text,
      [],
    ]),
    ...["20.01.2026", "2026-02-30", "2026-01-20T25:00:00Z"].map((text): [ParamSpec, unknown, string[]] => [
      { type: "string", format: "bound" },
      text,
      [
        `x: found "${text}" (string), which is neither, expected a date or a stamp, such as "2026-01-20" or ` +
        '"2026-01-20T06:00:00Z"',
      ],
    ]),
  ];
  for (const [spec, value, expected] of cases) assertEquals(problems(spec, value), expected, JSON.stringify(value));
});

Deno.test("checkParams() takes {NOW} for a bound", () => {
  const specs = { from: { type: "string", format: "bound" } } as const;
  assertEquals(checkParams(specs, { from: "{NOW-1d}" }, where), []);
  assertEquals(checkParams(specs, { from: "{NOW-1x}" }, where).length, 1);
});

Deno.test("checkParams() suggests the param that a name is a slip of", () => {
  const specs = { spike_window: { type: "integer" }, freq: { type: "string" } } as const;
  assertEquals(checkParams(specs, { spike_windw: 1 }, where), [
    'Cannot use params.spike_windw of "f.json": found unknown param (did you mean "spike_window"?), expected ' +
    '"spike_window" or "freq"',
  ]);
  assertEquals(checkParams({}, { a: 1 }, { ...where, by: 'treatment "t"' }), [
    'Cannot use params.a of "f.json": found unknown param, expected no param at all (treatment "t")',
  ]);
});

Deno.test("checkParams() lets a deep param be given in parts, and checkComplete() wants the whole", () => {
  const specs: Record<string, ParamSpec> = {
    domains: {
      type: "object",
      merge: "deep",
      default: { bio: { low: 0, high: 1 } },
      items: { type: "object", properties: { low: { type: "float", required: true }, high: { type: "float" } } },
    },
    host: { type: "string", required: true },
  };
  assertEquals(checkParams(specs, { domains: { bio: { high: 2 }, air: { high: 3 } } }, where), []);
  const merged = mergeParams(specs, { domains: { bio: { high: 2 }, air: { high: 3 } } });
  assertEquals(merged, { domains: { bio: { low: 0, high: 2 }, air: { high: 3 } }, host: null });
  assertEquals(checkComplete(specs, merged, where), [
    'Cannot use params.domains.air.low of "f.json": found nothing, expected a float',
    'Cannot use params.host of "f.json": found nothing, expected text (string)',
  ]);
});

Deno.test("mergeParams() replaces objects unless their param says deep, and arrays and null always replace", () => {
  const base = { a: { b: 1, c: [1, 2] }, d: 1 };
  const specs = {
    replaced: { type: "object", default: base },
    deep: { type: "object", default: base, merge: "deep" },
  } as const;
  const level = (value: unknown) => ({ replaced: value, deep: value });
  assertEquals(mergeParams(specs, level({ a: { c: [3] } })), {
    replaced: { a: { c: [3] } },
    deep: { a: { b: 1, c: [3] }, d: 1 },
  });
  assertEquals(mergeParams(specs, level({ a: null })), { replaced: { a: null }, deep: { a: null, d: 1 } });
  assertEquals(mergeParams(specs, level(null)), level(null));
  assertEquals(mergeParams(specs, level(null), level({ e: 1 })), level({ e: 1 }));
});

Deno.test("mergeParams() fills defaults inside objects in last", () => {
  const item: ParamSpec = {
    type: "object",
    properties: { dtype: { type: "string", default: "int" }, name: { type: "string" } },
  };
  const specs: Record<string, ParamSpec> = {
    map: { type: "object", items: item, merge: "deep", default: { a: { dtype: "float" } } },
    list: { type: "array", items: item },
  };
  assertEquals(mergeParams(specs, { map: { a: { name: "x" }, b: {} }, list: [{ name: "y" }] }), {
    map: { a: { dtype: "float", name: "x" }, b: { dtype: "int" } },
    list: [{ name: "y", dtype: "int" }],
  });
});

Deno.test("mergeParams() keeps a key named __proto__ a key", () => {
  const merged = mergeParams({ x: { type: "object", merge: "deep", default: { a: {} } } }, {
    x: JSON.parse('{"__proto__": {"hacked": true}, "a": {"__proto__": {"hacked": true}}}'),
  });
  assertEquals(JSON.stringify(merged), '{"x":{"a":{"__proto__":{"hacked":true}},"__proto__":{"hacked":true}}}');
  assertEquals(({} as { hacked?: boolean }).hacked, undefined);
});

/** Values as trees of two keys, so that levels meet often. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, 1, "a", [1], [{ a: 2 }]),
    fc.dictionary(fc.constantFrom("a", "b"), tie("value"), { maxKeys: 2 }),
  ),
}));
const level = fc.dictionary(fc.constantFrom("deep", "flat"), value, { maxKeys: 2 });

/** The rule said once more, leaf by leaf: what the highest level that reaches a path says there, counts. */
function slowMerge(levels: readonly unknown[]): unknown {
  const given = levels.filter((item) => item !== undefined);
  const isTree = (item: unknown) => typeof item === "object" && item !== null && !Array.isArray(item);
  const from = given.findLastIndex((item) => !isTree(item)) + 1;
  const trees = given.slice(from) as Record<string, unknown>[];
  if (trees.length === 0) return given.at(-1);
  const keys = new Set(trees.flatMap((tree) => Object.keys(tree)));
  return Object.fromEntries([...keys].map((key) => [key, slowMerge(trees.map((tree) => tree[key]))]));
}

Deno.test("mergeParams() equals the rule of the four levels, whatever they hold", () => {
  fc.assert(
    fc.property(value, fc.array(level, { minLength: 3, maxLength: 3 }), (start, levels) => {
      const specs = {
        deep: { type: "object", default: start, merge: "deep" },
        flat: { type: "object", default: start },
      } as const;
      const expected = {
        deep: slowMerge([start, ...levels.map((item) => item.deep)]),
        flat: [start, ...levels.map((item) => item.flat)].filter((item) => item !== undefined).at(-1),
      };
      const before = JSON.stringify([start, levels]);
      assertEquals(mergeParams(specs, ...levels), expected);
      assertEquals(JSON.stringify([start, levels]), before);
    }),
    { numRuns: 1000 },
  );
});
