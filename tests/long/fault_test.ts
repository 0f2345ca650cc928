/** Faults of the machine: each gives a clear error and leaves old data whole, and the next run makes up for it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { onFaultPoint } from "../../core/engine/fault_point.ts";
import type { FlowEvent, FlowReport } from "../../core/engine/report.ts";
import { kvLines, makeProject, type TestProject } from "../project.ts";
import { assertTidy, copyProject, FLOW, FOLDERS, killedRun, rawFiles, undisturbed } from "./kill_project.ts";

const HOUR_MS = 3_600_000;

/** Whether this machine can do what a test needs; says so where not, since a test that is skipped shows nothing. */
function can(...command: readonly string[]): boolean {
  try {
    if (
      new Deno.Command(command[0]!, { args: command.slice(1), stdout: "null", stderr: "null" }).outputSync().success
    ) {
      return true;
    }
  } catch {
    // Not installed.
  }
  console.error(`NOT TESTED HERE: "${command.join(" ")}" does not work`);
  return false;
}

const errorsOf = (report: FlowReport) => report.steps.flatMap(({ errors }) => errors.map(({ message }) => message));

/** A project whose run is done and whose raw files have then been corrected, with what was there and what is to come. */
async function correctedProject() {
  const project = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  assertEquals((await project.run("f")).exit_code, 0);
  const old = project.hashes(...FOLDERS);
  project.write(rawFiles(1));
  return { project, old, expected: await undisturbed(rawFiles(1)) };
}

/** Asserts that each file in place is whole: as before, or as it is to become. */
function assertWhole(project: TestProject, { old, expected }: Awaited<ReturnType<typeof correctedProject>>) {
  const left = project.hashes(...FOLDERS);
  assertEquals(Object.keys(left), Object.keys(old));
  for (const [path, hash] of Object.entries(left)) assert([old[path], expected[path]].includes(hash), path);
}

async function assertMendedBy(project: TestProject, expected: Record<string, string>, options = {}) {
  assertEquals(errorsOf(await project.run("f", { last: true, ...options })), []);
  assertEquals(project.hashes(...FOLDERS), expected);
  assertTidy(project);
}

Deno.test({
  name: "a disk that fills up or a folder that turns read-only fails the step, at every step",
  ignore: !can("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"),
  fn: async () => {
    const script = new URL("./fault_disk.ts", import.meta.url).pathname;
    const args = ["-rm", Deno.execPath(), "run", "-q", "-A", script];
    const { success, stdout, stderr } = await new Deno.Command("unshare", { args }).output();
    const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert(success, `${said}${failed}`);
    assertEquals(said!.trim().split("\n").length, FLOW.steps.length * 6);
  },
});

for (
  const [calls, whens] of [
    ["fsync,fdatasync", ["1+", "4+", "9"]],
    ["rename,renameat,renameat2", ["1+", "5+", "12"]],
  ] as const
) {
  Deno.test({
    name: `an input/output error of ${calls} fails the run and keeps old data whole`,
    ignore: !can("strace", "-V"),
    fn: async () => {
      const corrected = await correctedProject();
      using before = corrected.project;
      for (const when of whens) {
        using project = copyProject(before);
        const inject = ["-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO:when=${when}`];
        const wrapper = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", ...inject];
        const { code, signal, stderr } = await killedRun(project.dir, 0, { last: true }, wrapper);
        assertEquals([code, signal], [1, null], `${when}: ${stderr}`);
        assertMatch(stderr, /Input\/output error|disk I\/O error/i, when);
        assertWhole(project, corrected);
        await assertMendedBy(project, corrected.expected);
      }
    },
  });
}

Deno.test({
  name: "each file is on disk before it gets its name, and its folder after",
  ignore: !can("strace", "-V"),
  fn: async () => {
    using project = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
    const trace = `${project.dir}/trace`;
    const wrapper = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2", "-o", trace];
    const { code, stderr } = await killedRun(project.dir, 0, {}, wrapper);
    assertEquals([code, stderr], [0, ""]);
    const synced = new Set<string>();
    const waiting = new Set<string>();
    let renamed = 0;
    for (const line of Deno.readTextFileSync(trace).split("\n")) {
      const [, path] = /f(?:data)?sync\(\d+<([^>]*)>/.exec(line) ?? [];
      if (path !== undefined) {
        synced.add(path);
        waiting.delete(path);
      }
      const [, from, to] = /rename\w*\(.*?"([^"]*\/\.myx-[^"]*\.tmp)", .*?"([^"]*)"/.exec(line) ?? [];
      if (from === undefined) continue;
      assert(synced.has(from), `${to} was renamed before it was synced`);
      waiting.add(to!.replace(/\/[^/]*$/, ""));
      renamed++;
    }
    assert(renamed >= Object.keys(project.hashes(...FOLDERS)).length);
    assertEquals([...waiting], []);
  },
});

for (const step of FLOW.steps.map(({ treatment }) => treatment)) {
  Deno.test(`a folder that is removed while ${step} runs costs no more than that folder`, async () => {
    const corrected = await correctedProject();
    using before = corrected.project;
    const { input, output } = FLOW.steps.find(({ treatment }) => treatment === step)!;
    for (const folder of [input, output]) {
      using project = copyProject(before);
      const aside = `${project.dir}/aside`;
      let removed = false;
      const report = await project.run("f", {
        last: true,
        jobs: 1,
        onEvent: (event) => {
          // When the first partition is done, with more to come.
          if (removed || event.type !== "progress" || event.step !== step || event.done < 1) return;
          Deno.renameSync(`${project.dir}/datasets/d/${folder}`, aside);
          removed = true;
        },
      });
      assert(removed);
      assertEquals(report.exit_code, 1, folder);
      assert(errorsOf(report).every((message) => message.includes(folder)), errorsOf(report).join("\n"));
      const others = FOLDERS.filter((path) => !path.endsWith(folder));
      const left = project.hashes(...others);
      for (const [path, hash] of Object.entries(left)) {
        assert([corrected.old[path], corrected.expected[path]].includes(hash), `${folder}: ${path}`);
      }
      assertEquals(Object.keys(left), Object.keys(before.hashes(...others)), folder);
      if (folder === "00_raw") Deno.renameSync(aside, `${project.dir}/datasets/d/00_raw`);
      else Deno.removeSync(aside, { recursive: true });
      await assertMendedBy(project, corrected.expected);
    }
  });
}

Deno.test("one partition that fails holds back all that follows it, and nothing else", async () => {
  const corrected = await correctedProject();
  using project = corrected.project;
  let step = "";
  let thrown = false;
  onFaultPoint((point) => {
    if (thrown || step !== "resample" || point !== "write") return;
    thrown = true;
    throw new Error("it failed");
  });
  const onEvent = (event: FlowEvent) => {
    if (event.type === "step") step = event.step;
  };
  const report = await project.run("f", { last: true, jobs: 1, onEvent });
  onFaultPoint(() => {});
  const [failed = "", ...more] = report.steps.flatMap(({ errors }) => errors.map(({ partition }) => partition));
  assertEquals([report.exit_code, more], [1, []]);
  // Days of one source are each other's halo and share an export.
  const [source] = failed.split("__");
  for (const [path, hash] of Object.entries(project.hashes(...FOLDERS.slice(2)))) {
    if (path.includes("/61_") || path.includes(failed)) {
      assertEquals(hash, (path.includes(source!) ? corrected.old : corrected.expected)[path], path);
    }
  }
  await assertMendedBy(project, corrected.expected);
});

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

Deno.test({
  name: "64 file descriptors are enough, or the run says so",
  ignore: !can("sh", "-c", "ulimit -n 64"),
  fn: async () => {
    const corrected = await correctedProject();
    using before = corrected.project;
    for (const [jobs, enough] of [[2, true], [16, false]] as const) {
      using project = copyProject(before);
      const wrapper = ["timeout", "-s", "KILL", "120", "sh", "-c", 'ulimit -n 64; exec "$0" "$@"'];
      const { code, stderr } = await killedRun(project.dir, 0, { last: true, jobs }, wrapper);
      if (enough) assertEquals([code, stderr], [0, ""]);
      else if (code !== 0) {
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /too many open files|os error 24/i);
      }
      assertWhole(project, corrected);
      await assertMendedBy(project, corrected.expected);
    }
  },
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
