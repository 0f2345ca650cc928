/** Clocks that go back, days that are not 24 hours long, and files that change while they are read. */
import { assert, assertEquals } from "@std/assert";
import { kvLines, makeProject } from "../project.ts";
import { assertMendedBy, correctedProject, errorsOf } from "./fault_project.ts";
import { FLOW, FOLDERS, rawFiles, undisturbed } from "./kill_project.ts";

const HOUR_MS = 3_600_000;

Deno.test("a clock that is set back an hour hides no change", async () => {
  const clock = Date.now;
  using project = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  const touch = (shift: number) => {
    for (const path of Object.keys(rawFiles(0))) {
      const time = new Date(clock() + shift);
      Deno.utimeSync(`${project.dir}/${path}`, time, time);
    }
  };
  try {
    Date.now = () => clock() + HOUR_MS;
    touch(HOUR_MS);
    assertEquals((await project.run("f")).exit_code, 0);
    Date.now = clock;
    assertEquals((await project.run("f", { last: true })).status, "up-to-date");
    // Corrected values of the same length, written by the clock that went back.
    project.write(rawFiles(1));
    await assertMendedBy(project, await undisturbed(rawFiles(1)));
    // And once more within the same instant of that clock.
    project.write(rawFiles(2));
    touch(0);
    await assertMendedBy(project, await undisturbed(rawFiles(2)));
  } finally {
    Date.now = clock;
  }
});

Deno.test("local days of 23 and 25 hours are whole, and a correction within the repeated hour equals a full run", async () => {
  const stepParams = { parse: { tz: "Europe/Paris" }, exportnour: { aggregation: "10min", tz: "Europe/Paris" } };
  const steps = FLOW.steps.map((step) => {
    if (step.treatment === "aggregate") return { ...step, params: { windows: ["10min"] } };
    const more = stepParams[step.treatment as keyof typeof stepParams] ?? {};
    return { ...step, params: { ...step.params, ...more } };
  });
  const flow = { ...FLOW, steps };
  for (const [day, hours] of [["2026-03-29", 23], ["2026-10-25", 25]] as const) {
    const start = Temporal.PlainDate.from(day).toZonedDateTime("Europe/Paris");
    const lines = (seed: number) =>
      Array.from({ length: 6 * hours }, (_, i) => {
        const local = start.add({ minutes: 10 * i }).toPlainDateTime().toString({ smallestUnit: "second" });
        return `${local};m0:${100 + (i * 3 + (i === 17 ? seed : 0)) % 60}\n`;
      }).join("");
    const raw = (seed: number) => ({ "datasets/d/00_raw/EXP_a.csv": lines(seed) });
    using project = makeProject({ "flows/f.json": flow, ...raw(0) });
    assertEquals(errorsOf(await project.run("f")), []);
    const csv = () => project.read(`datasets/d/61_exportnour/${project.list("datasets/d/61_exportnour")[0]}`);
    const rows = csv().trim().split("\n").slice(1);
    assertEquals(rows.length, 6 * hours, day);
    const times = rows.map((row) => row.split(";")[0]!);
    assert(times.every((time) => time.startsWith(day)), day);
    assertEquals(times.filter((time) => time.includes(" 02:")).length, hours === 23 ? 0 : 12);
    project.write(raw(1));
    assertEquals(errorsOf(await project.run("f", { last: true })), []);
    using fresh = makeProject({ "flows/f.json": flow, ...raw(1) });
    await fresh.run("f");
    assertEquals(project.hashes(...FOLDERS), fresh.hashes(...FOLDERS), day);
    assert(csv() !== rows.join("\n"));
  }
});

Deno.test("a raw file that shrinks or grows while it is read is read again by the next run", async () => {
  const corrected = await correctedProject();
  using project = corrected.project;
  const path = "datasets/d/00_raw/EXP_a_2026-01-22.csv";
  const text = project.read(path);
  let times = 0;
  const meddle = (event: { type: string; step?: string }) => {
    if (event.type !== "step" || event.step !== "parse") return;
    // The plan is made and nothing is read yet.
    project.write({
      [path]: times++ ? text + kvLines([[2 * 86_400 + 9300, { m0: 5 }]]) : text.slice(0, text.length / 2),
    });
  };
  await project.run("f", { last: true, onEvent: meddle });
  await project.run("f", { last: true, onEvent: meddle });
  await project.run("f", { last: true });
  const files = Object.fromEntries(Object.keys(rawFiles(0)).map((name) => [name, project.read(name)]));
  assertEquals(project.hashes(...FOLDERS), await undisturbed(files));
});

Deno.test("a last line without its end is read once its file is an hour old, and old rejects go with their cause", async () => {
  const path = "datasets/d/00_raw/EXP_a.csv";
  const text = kvLines([[86_400, { m0: 1 }], [86_460, { m0: 2.5 }], [86_520, { m0: 3 }]]).trimEnd();
  using project = makeProject({ "flows/f.json": FLOW, [path]: text });
  const parse = async () => (await project.run("f", { last: true })).steps[0]!;
  const young = await parse();
  assertEquals([young.metrics.accepted, young.metrics.pending, young.rejects], [2, 1, 1]);
  assertEquals(project.list("datasets/d/10_parsed/_rejects"), ["EXP_a.csv.jsonl"]);
  assertEquals((await parse()).status, "skip");
  const time = new Date(Date.now() - 1.1 * HOUR_MS);
  Deno.utimeSync(`${project.dir}/${path}`, time, time);
  assertEquals((await parse()).metrics.accepted, 3);
  assertEquals((await parse()).status, "skip");
  project.write({ [path]: text.replace("2.5", "2") + "\n" });
  assertEquals((await parse()).rejects, 0);
  assertEquals(project.list("datasets/d/10_parsed/_rejects"), []);
});
