import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { orderSteps } from "../../../core/contract/dag.ts";

/** Steps written `name: input > output`. */
function steps(...texts: string[]) {
  return texts.map((text, i) => {
    const [name, input, output] = text.split(/: ?| ?> ?/) as [string, string, string];
    return { name, ...(input ? { input } : {}), output, where: { file: "f.json", path: ["steps", i] } };
  });
}

Deno.test("orderSteps() refuses folders that two steps could not share", () => {
  const cases: [string[], string[]][] = [
    [["a: 00_raw > x", "b: 00_raw > x/"], [
      'steps[1].output: found "x/" (string), expected a folder that no other step writes; step "a" writes it',
    ]],
    [["a: 00_raw > x", "b: 00_raw > ./x"], [
      'steps[1].output: found "./x" (string), expected a folder that no other step writes; step "a" writes it',
    ]],
    [["a: 00_raw > x", "b: 00_raw > x/y"], [
      'steps[1].output: found "x/y" (string), expected a folder outside "x", which step "a" writes',
    ]],
    [["b: 00_raw > x/y", "a: 00_raw > x"], [
      'steps[0].output: found "x/y" (string), expected a folder outside "x", which step "a" writes',
    ]],
    [["a: 00_raw > x", "b: 00_raw > xy"], []],
    [["a: x > x"], ['steps[0].input: found "x" (string), expected another folder than the one that the step writes']],
    [["a: 00_raw > x", "b: x/y > z"], [
      'steps[1].input: found "x/y" (string), expected a folder that does not overlap "x", which step "a" writes',
    ]],
    [["a: 00_raw > x/y", "b: x > z"], [
      'steps[1].input: found "x" (string), expected a folder that does not overlap "x/y", which step "a" writes',
    ]],
    [["a: other/00_raw > ./00_raw"], [
      'steps[0].output: found "./00_raw" (string), expected another folder than that of the raw files, which stay as ' +
      'they are, such as "10_parsed"',
    ]],
    [["a: old > old/new"], [
      'steps[0].input: found "old" (string), expected a folder that does not overlap "old/new", which step "a" writes',
    ]],
  ];
  for (const [texts, expected] of cases) {
    const { problems } = orderSteps(steps(...texts));
    assertEquals(problems.map((line) => line.replace(/^Cannot use | of "f.json"/g, "")), expected, texts.join(", "));
  }
});

Deno.test("orderSteps() refuses a folder that nobody writes, unless it is there or holds the raw files", () => {
  const flow = steps("parse: 00_raw > 10_parsed", "clean: 10_prased > 20_clean");
  const missing = orderSteps(flow, { root: "/d" });
  assertEquals(missing.problems, [
    'Cannot use steps[1].input of "f.json": found "10_prased" (string), expected a folder that a step writes or that is ' +
    'there already (did you mean "10_parsed"?)',
  ]);
  assertEquals(orderSteps(flow, { root: "/d", folderExists: (path) => path === "/d/10_prased" }).problems, []);
  assertEquals(orderSteps(steps("parse: ../other/00_raw > x"), { root: "/d" }).problems, []);
});

Deno.test("orderSteps() takes a relative and an absolute path to one folder as one", () => {
  const { order, problems } = orderSteps(steps("b: /d/x > y", "a: 00_raw > x"), { root: "/d" });
  assertEquals({ order, problems }, { order: [1, 0], problems: [] });
});

Deno.test("orderSteps() names a cycle in the order data would flow, once", () => {
  const { problems } = orderSteps(steps("a: z > x", "b: x > y", "c: y > z", "d: z > w", "e: w > v"));
  assertEquals(problems, [
    'Cannot use steps of "f.json": found a cycle, b -> c -> a -> b, expected steps of which none reads what it leads to',
  ]);
});

/** Random trees: step i reads the raw folder or what an earlier step writes; then shuffled. */
const forest = fc.array(fc.nat(), { minLength: 1, maxLength: 12 }).chain((picks) => {
  const nodes = picks.map((pick, i) => ({
    name: `s${i}`,
    input: pick % (i + 1) === 0 ? "00_raw" : `f${pick % (i + 1) - 1}`,
    output: `f${i}`,
    where: { file: "f.json", path: [] },
  }));
  return fc.shuffledSubarray(nodes, { minLength: nodes.length });
});

Deno.test("orderSteps() orders any steps so that each folder is written before it is read", () => {
  fc.assert(
    fc.property(forest, (nodes) => {
      const { order, problems } = orderSteps(nodes);
      assertEquals(problems, []);
      assertEquals([...order].sort((a, b) => a - b), nodes.map((_, i) => i));
      const written = new Set(["00_raw"]);
      for (const i of order) {
        assert(written.has(nodes[i]!.input));
        written.add(nodes[i]!.output);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("orderSteps() keeps an order that already holds", () => {
  fc.assert(fc.property(forest, (nodes) => {
    const ordered = orderSteps(nodes).order.map((i) => nodes[i]!);
    assertEquals(orderSteps(ordered).order, ordered.map((_, i) => i));
  }));
});

Deno.test("orderSteps() refuses any cycle, and only that", () => {
  fc.assert(
    fc.property(forest, fc.nat(), fc.nat(), (nodes, first, second) => {
      const at = first % nodes.length;
      const target = nodes[second % nodes.length]!;
      const bent = nodes.map((node, i) => i === at ? { ...node, input: target.output } : node);
      // the long way: follow the folders up from the bent step
      const seen = new Set<string>();
      let folder = bent[at]!.input;
      while (folder !== "00_raw" && !seen.has(folder)) {
        seen.add(folder);
        folder = bent.find((node) => node.output === folder)!.input;
      }
      const isCircle = folder !== "00_raw";
      const { problems } = orderSteps(bent);
      assertEquals(problems.length, isCircle ? 1 : 0);
      if (isCircle) assert(/found (a cycle|"f\d+")/.test(problems[0]!));
    }),
    { numRuns: 500 },
  );
});
