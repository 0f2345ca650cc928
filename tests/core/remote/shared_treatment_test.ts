/** Two flows from elsewhere that name one treatment. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeRemoteProject, makeRepository, type RemoteProject, say, shout } from "./remote_project.ts";

const flow = (name: string, output: string) => ({
  name,
  dataset: "d",
  steps: [{ treatment: "../shout", input: "00_raw", output }],
});

async function addBoth(project: RemoteProject) {
  const dir = `${project.outside}/lab`;
  const { commit } = await makeRepository(dir, {
    ...shout("shout/"),
    "flows/day.json": flow("day", "10_day"),
    "flows/night.json": flow("night", "10_night"),
  }, "v1");
  for (const name of ["day", "night"]) {
    assertEquals((await project.myx("add", `git+file://${dir}@v1#flows/${name}.json`, "--yes")).code, 0);
  }
  return commit;
}

Deno.test("update fetches a treatment with the flow that brought it along, also where another flow uses it", async () => {
  using project = makeRemoteProject();
  const commit = await addBoth(project);
  const last = await commit({ ...shout("shout/", { version: "1.0.1" }, say("'mended'")) }, "v1");
  const updated = await project.myx("update", "--yes");
  assertEquals(updated.code, 0, updated.stderr);
  assertStringIncludes(updated.stderr, "shout: changed file shout/run.ts");
  const { treatments, flows } = project.lock();
  assertEquals(Object.keys(treatments), ["shout"]);
  assertEquals([treatments.shout, flows.day, flows.night].map((pin) => pin!.commit), [last, last, last]);
  assertEquals((await project.myx("flow", "night")).code, 0);
  assertEquals(project.read("datasets/d/10_night/out.csv"), "mended");
  assertStringIncludes((await project.myx("update", "shout")).stderr, "day is up-to-date");
});

Deno.test("update leaves a treatment to another flow when the one that brought it along uses it no more", async () => {
  using project = makeRemoteProject();
  const commit = await addBoth(project);
  await commit({
    "flows/day.json": { ...flow("day", "10_day"), steps: [{ ...flow("day", "10_day").steps[0], treatment: "clean" }] },
  }, "v1");
  assertEquals((await project.myx("update", "day", "--yes")).code, 0);
  assertEquals((await project.myx("flow", "night")).code, 0);
  assertEquals((await project.myx("remove", "night")).code, 0);
  assertEquals(project.lock().treatments, {});
});

Deno.test("remove of a flow leaves its treatment to the other flow that uses it, and that one takes it away", async () => {
  using project = makeRemoteProject();
  const commit = await addBoth(project);
  assertEquals((await project.myx("remove", "day")).code, 0);
  assertEquals((await project.myx("flow", "night")).code, 0);
  await commit({ ...shout("shout/", {}, say("'mended'")) }, "v1");
  const updated = await project.myx("update", "shout", "--yes");
  assertStringIncludes(updated.stderr, "shout: changed file shout/run.ts");
  assertStringIncludes((await project.myx("remove", "shout")).stderr, 'flow "night" uses it');
  assertEquals((await project.myx("remove", "night")).code, 0);
  assertEquals(project.lock().treatments, {});
});

Deno.test("remove of the last flow takes a treatment away that an older myx left to one that is gone", async () => {
  using project = makeRemoteProject();
  await addBoth(project);
  const { treatments, flows: { night } } = project.lock();
  project.write({ "myx.lock": { version: 1, treatments, flows: { night } } });
  assertEquals((await project.myx("flow", "night")).code, 0);
  assertStringIncludes((await project.myx("update", "night")).stderr, "night is up-to-date");
  assertStringIncludes((await project.myx("remove", "shout")).stderr, "Remove the flow, and its treatments go with it");
  assertEquals((await project.myx("remove", "night")).code, 0);
  assertEquals(project.lock().treatments, {});
});

Deno.test("a treatment whose flow is gone from myx.lock is updated and removed by itself", async () => {
  using project = makeRemoteProject();
  await addBoth(project);
  const { treatments } = project.lock();
  project.write({ "myx.lock": { version: 1, treatments, flows: {} } });
  const updated = await project.myx("update", "shout");
  assertStringIncludes(updated.stderr, "shout is up-to-date");
  assertStringIncludes((await project.myx("update")).stderr, "shout is up-to-date");
  assertEquals((await project.myx("remove", "shout")).code, 0);
  assertEquals(project.lock().treatments, {});
});
