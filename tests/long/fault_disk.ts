/**
 * Runs of the flow on a disk of their own that fills up or cannot be written. To be started in a mount namespace:
 * `unshare -rm deno run -A fault_disk.ts`. Prints one line per scenario; throws at the first that ends wrong.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type FaultPoint, onFaultPoint } from "../../core/engine/fault_point.ts";
import type { FlowReport } from "../../core/engine/report.ts";
import { makeProject, type TestProject } from "../project.ts";
import { assertTidy, copyInto, FLOW, FOLDERS, rawFiles, undisturbed } from "./kill_project.ts";

const MOMENTS: readonly ("start" | FaultPoint)[] = ["start", "write", "fsync", "rename", "commit"];
const BYTES = 16 * 2 ** 20;

const before = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
const expected = await undisturbed(rawFiles(1));
assertEquals((await before.run("f")).exit_code, 0);
const old = before.hashes(...FOLDERS);
for (const [at, { treatment }] of FLOW.steps.entries()) {
  for (const moment of MOMENTS) {
    await scenario(`full disk: ${treatment}, ${moment}`, at, /disk is full|No space left/i, (project) => ({
      fault: moment,
      lasts: true,
      break: () => fill(`${project.dir}/datasets/ballast`),
      mend: () => project.remove("datasets/ballast"),
    }));
  }
  await scenario(`read-only folder: ${treatment}`, at, /is read-only/, (project) => {
    const folder = `${project.dir}/${FOLDERS[at]}`;
    return {
      fault: "start",
      break: () => {
        mount("--bind", folder, folder);
        mount("-o", "remount,ro,bind", folder);
      },
      mend: () => command("umount", folder),
    };
  });
}
before[Symbol.dispose]();

interface Fault {
  /** When, within the step. */
  readonly fault: "start" | FaultPoint;
  /** Whether it happens again at each later moment: what the run removes makes room. */
  readonly lasts?: boolean;
  break(): void;
  mend(): void;
}

/** Corrects all raw files, lets step `at` fail in `faultOf`'s way, and asserts what is left then and after another run. */
async function scenario(title: string, at: number, message: RegExp, faultOf: (project: TestProject) => Fault) {
  using project = makeProject({});
  mount("-t", "tmpfs", "-o", `size=${BYTES}`, "none", project.dir);
  try {
    copyInto(before, project);
    project.write(rawFiles(1));
    const fault = faultOf(project);
    const report = await runWith(project, FLOW.steps[at]!.treatment, fault);
    const errors = report.steps.flatMap(({ errors }) => errors.map(({ message }) => message));
    assertEquals(report.exit_code, 1, title);
    assert(errors.length > 0, title);
    for (const error of errors) assertMatch(error, message, title);
    const left = project.hashes(...FOLDERS);
    assertEquals(Object.keys(left), Object.keys(old), title);
    // Each file is the old or the new one; those behind the step that failed are old.
    for (const [path, hash] of Object.entries(left)) {
      const behind = FOLDERS.findIndex((folder) => path.startsWith(folder)) > at;
      assert(hash === old[path] || (!behind && hash === expected[path]), `${title}: ${path} is neither old nor new`);
    }
    fault.mend();
    const again = await project.run("f", { last: true });
    assertEquals(again.steps.flatMap(({ errors }) => errors), [], title);
    assertEquals(project.hashes(...FOLDERS), expected, title);
    assertTidy(project);
    console.log(`ok: ${title}: ${errors[0]}`);
  } finally {
    command("umount", project.dir);
  }
}

async function runWith(project: TestProject, step: string, { fault, lasts, ...actions }: Fault): Promise<FlowReport> {
  let running = "";
  let broken = false;
  const happen = (point: string) => {
    if (broken ? !lasts : running !== step || point !== fault) return;
    broken = true;
    actions.break();
  };
  onFaultPoint(happen);
  const report = await project.run("f", {
    last: true,
    jobs: 1,
    onEvent: (event) => {
      if (event.type !== "step") return;
      running = event.step;
      happen("start");
    },
  });
  onFaultPoint(() => {});
  assert(broken, `"${fault}" never came in ${step}`);
  return report;
}

/** Fills the disk to the last byte. */
function fill(path: string): void {
  using file = Deno.openSync(path, { append: true, create: true });
  for (let size = 2 ** 20; size >= 1;) {
    try {
      if (file.writeSync(new Uint8Array(size)) < size) size = Math.floor(size / 2);
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

function mount(...args: string[]): void {
  command("mount", ...args);
}

function command(name: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(name, { args }).outputSync();
  assert(success, `${name} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
