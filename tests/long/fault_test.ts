/** Faults of the machine: each gives a clear error and leaves old data whole, and the next run makes up for it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { onFaultPoint } from "../../core/engine/fault_point.ts";
import type { FlowEvent } from "../../core/engine/report.ts";
import { makeProject } from "../project.ts";
import { assertMendedBy, assertWhole, can, correctedProject, errorsOf } from "./fault_project.ts";
import { copyProject, FLOW, FOLDERS, killedRun, rawFiles } from "./kill_project.ts";

Deno.test({
  name: "a disk that fills up or a folder that turns read-only fails the step, at every step",
  ignore: !can("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"),
  fn: async () => {
    const script = fromFileUrl(new URL("./fault_disk.ts", import.meta.url));
    const args = ["-rm", Deno.execPath(), "run", "-q", "-A", script];
    const { success, stdout, stderr } = await new Deno.Command("unshare", { args }).output();
    const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert(success, `${said}${failed}`);
    assertEquals(said!.trim().split("\n").length, FLOW.steps.length * 6);
  },
});

for (
  const [calls, whens] of [
    // Counted by thread, of which several sync files: few calls of one thread are sure to come.
    ["fsync,fdatasync", ["1+", "4+", "2"]],
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
      // One call takes all raw files, or all of these small partitions: it may have read them when the first is told to be done.
      const late = folder === input;
      assert(report.exit_code === 1 || (late && report.exit_code === 0), folder);
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

Deno.test({
  name: "64 file descriptors are enough, or the run says so",
  ignore: !can("sh", "-c", "ulimit -n 64"),
  fn: async () => {
    const corrected = await correctedProject();
    using before = corrected.project;
    for (const [jobs, enough] of [[1, true], [2, false], [16, false]] as const) {
      using project = copyProject(before);
      const wrapper = ["timeout", "-s", "KILL", "120", "sh", "-c", 'ulimit -n 64; exec "$0" "$@"'];
      const { code, stderr } = await killedRun(project.dir, 0, { last: true, jobs }, wrapper);
      if (enough) assertEquals([code, stderr], [0, ""]);
      else if (code !== 0) {
        // Deno itself may be the one that gets no file: it then panics with the system's error number.
        assertMatch(stderr, /left: 24|may not open more files|too many open files|os error 24/i);
      }
      assertWhole(project, corrected);
      await assertMendedBy(project, corrected.expected);
    }
  },
});
