/** What raw_to_postgres does where several datasets load one table. */
import { assertEquals, assertRejects } from "@std/assert";
import { A, alone, B, check, shared } from "./raw_to_postgres_kinds.ts";
import { expectedRows, lines, makeLab } from "./raw_to_postgres_lab.ts";

shared("does not remove what another dataset has loaded into the same table", async (lab) => {
  using other = makeLab(lab.connection, lab.schema);
  lab.put(A, lines("08:30:00", 60));
  other.put(B, lines("08:30:00", 60));
  await lab.load();
  await other.load({ mode: "replace" });
  await lab.load({ mode: "replace" });
  const files = new Map([...lab.files(), ...other.files()]);
  assertEquals(await lab.rows(), expectedRows(files));
  lab.remove(A);
  await lab.load({ mode: "replace" });
  await check(other);
});

shared("refuses a file of which another dataset has loaded one of the same name, or takes it over", async (lab) => {
  using other = makeLab(lab.connection, lab.schema);
  lab.put(A, lines("00:00:00", 60));
  other.put(A, lines("00:20:00", 60));
  await lab.load();
  const message = `Cannot load "${A}" into table "RAW": the dataset "${
    datasetOf(lab.dir)
  }" has loaded a file of this name`;
  await assertRejects(() => other.load(), TypeError, message);
  await check(lab);
  await other.load({}, { replace: true });
  await check(other);
  await assertRejects(() => lab.load(), TypeError, `the dataset "${datasetOf(other.dir)}" has loaded`);
  await check(other);
});

shared("leaves hours alone of which another dataset's file of the same name has rows", async (lab) => {
  using other = makeLab(lab.connection, lab.schema);
  lab.put(A, lines("00:00:00", 60));
  other.put(A, lines("05:00:00", 60));
  for (const replace of [false, true]) {
    await lab.load({}, { replace });
    await other.load({}, { replace });
    assertEquals(await lab.rows(), expectedRows(new Map([...lab.files(), [`${A}.b`, other.files().get(A)!]])));
  }
  assertEquals([(await lab.load()).loaded, (await other.load()).loaded], [0, 0]);
});

shared("leaves what another dataset has loaded of the same hour", async (lab) => {
  using other = makeLab(lab.connection, lab.schema);
  const second = "EXP_pil-90_2026-01-20_b.csv";
  lab.put(A, lines("00:00:00", 60));
  other.put(second, lines("00:20:00", 60));
  await lab.load();
  await other.load();
  await other.load({}, { replace: true });
  await lab.load({}, { replace: true });
  const files = new Map([...lab.files(), ...other.files()]);
  assertEquals(await lab.rows(), expectedRows(files));
  other.put(A, lines("00:40:00", 60));
  await assertRejects(() => other.load(), TypeError, `the dataset "${datasetOf(lab.dir)}" has loaded`);
  assertEquals(await lab.rows(), expectedRows(files));
});

alone("says so where another step reads other domains of the same files into the same table", async (lab) => {
  lab.put(A, lines("08:30:00", 60));
  const temperature = { domains: { environment: { columns: ["outdoor_temp"], dtype: "float" } } };
  const load = async (step: string, params = {}) => {
    const { warnings } = await lab.load(params, { step });
    return warnings.map((text) => text.match(/step "(.*?)"/)?.[1]);
  };
  assertEquals(await load("55_all"), []);
  assertEquals(await load("55_all"), []);
  assertEquals(await load("56_temperature", temperature), ["55_all"]);
  assertEquals(await load("55_all"), ["56_temperature"]);
  // Renamed, or edited.
  assertEquals(await load("57_all"), []);
  assertEquals(await load("57_all", temperature), ["55_all"]);
  assertEquals(await load("57_all"), []);
});

alone("knows no other datasets in the database that lies in its own folder", async (lab) => {
  lab.put(A, lines("00:00:00", 60));
  await lab.load();
  using copy = makeLab(lab.connection, lab.schema);
  copy.put(A, lines("00:00:00", 60));
  assertEquals((await copy.load()).loaded, 0);
  copy.put(A, lines("00:20:00", 60));
  await copy.load();
  await check(copy);
  copy.remove(A);
  await copy.load({}, { replace: true });
  assertEquals(await lab.rows(), []);
});

/** The dataset of an input folder. */
function datasetOf(dir: string): string {
  return dir.split("/").at(-2)!;
}
