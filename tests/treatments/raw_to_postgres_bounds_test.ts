/** What raw_to_postgres holds in memory at once, however many files, hours and devices there are. */
import { assert, assertEquals, assertNotStrictEquals } from "@std/assert";
import type { Connection, Context, Database } from "myx";
import { openFor } from "../postgres_server.ts";
import { readFiles } from "../../treatments/raw_to_postgres/files.ts";
import { packHours, unpackHours } from "../../treatments/raw_to_postgres/hours.ts";
import { MOST_HOURS, readSettings, TUNING } from "../../treatments/raw_to_postgres/settings.ts";
import { check, once, shared } from "./raw_to_postgres_kinds.ts";
import { DEFAULTS, inputFile, lines } from "./raw_to_postgres_lab.ts";

/** Hears what is asked of the ledger, and how many rows it answers with. */
function listening(onQuery: (text: string, values: readonly unknown[], rows: number) => void) {
  const wrap = (db: Database): Database => ({
    ...db,
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const rows = await db.query<Row>(text, values);
      onQuery(text, values, rows.length);
      return rows;
    },
    transaction: (body) => db.transaction((inner) => body(wrap(inner))),
  });
  return async (connection: Connection) => wrap(await openFor(connection));
}

once("looks at some hours of the ledger at a time, and again only at those with something to load", async (lab) => {
  const device = (name: string) => `EXP_pil-${name}_2026-01-20.csv`;
  // Six hours each.
  for (const name of ["c", "a", "e", "b", "d"]) lab.put(device(name), lines("08:00:00", 12, { step: 1800 }));
  const tuning = { hours: 13 };
  assertEquals((await lab.load({}, { tuning })).loaded, 30);
  await check(lab);
  lab.remove(device("e"));
  lab.put(device("b"), lines("08:00:00", 13, { step: 1800 }));
  const looks: [string, number][] = [];
  let throughAll = 0;
  const open = listening((text, values, rows) => {
    if (/unit like/.test(text)) throughAll++;
    if (/^select unit, inputs, fingerprint/.test(text) && !/for update/.test(text)) {
      const keys: string[] = JSON.parse(values.at(-1) as string);
      looks.push([[...new Set(keys.map((key) => key.split(" ")[0]))].join(), rows]);
    }
  });
  const { loaded, fresh, removed } = await lab.load({}, { tuning, open });
  assertEquals([loaded, fresh, removed], [1, 30, 0]);
  assertEquals(looks, [["pil-a,pil-b", 12], ["pil-c,pil-d", 12], ["pil-e", 6], ["pil-a,pil-b", 12]]);
  // For each share, as many devices would take as much more time as they are.
  assertEquals(throughAll, 1);
  // What was loaded of the device whose file is gone is still known, and goes when asked to.
  assertEquals((await lab.load({}, { tuning, replace: true })).removed, 6);
  await check(lab);
});

shared("refuses the last share of a load before the first is written", async (lab) => {
  lab.put("EXP_pil-b_2026-01-20.csv", lines("08:00:00", 3));
  await lab.load();
  await lab.query(
    `update "${lab.schema}".myx_ledger set inputs = inputs || '{"origin": "0 other"}' where unit like 'pil%'`,
  );
  lab.put("EXP_pil-a_2026-01-20.csv", lines("08:00:00", 3));
  lab.put("EXP_pil-b_2026-01-20.csv", lines("08:00:00", 4));
  let refused = "";
  await lab.load({}, { tuning: { hours: 1 } }).catch(({ message }) => refused = message);
  assert(refused.includes('Cannot load "EXP_pil-b_2026-01-20.csv"'), refused);
  assertEquals((await lab.rows()).length, 9);
});

once("loads so many hours in a transaction, however few values they have", async (lab) => {
  const count = 2 * MOST_HOURS + 3;
  lab.put("EXP_pil-a_2026-01-20.csv", lines("00:00:00", count, { step: 3600, value: () => "m0:1" }));
  const batches: number[] = [];
  const open = listening((text, values) => {
    if (/for update/.test(text)) batches.push(JSON.parse(values.at(-1) as string).length);
  });
  assertEquals((await lab.load({}, { open })).loaded, count);
  assertEquals(batches, [MOST_HOURS, MOST_HOURS, 3]);
  assert(MOST_HOURS <= 1024);
  await check(lab);
});

Deno.test("raw_to_postgres keeps no object an hour of what it knows of the files", () => {
  const facts = new Map([[7, { hash: "ab", values: 3 }], [-2, { hash: "c", values: 1 }]]);
  assertEquals([...unpackHours(packHours(facts))], [...facts]);
  assertEquals([...unpackHours(packHours(new Map()))], []);
  for (const list of Object.values(packHours(facts))) {
    assert(typeof list === "string" || list.every((item: unknown) => typeof item === "number"));
  }
});

Deno.test("raw_to_postgres looks at whole days, whatever moments of them from and to name", () => {
  const bounds = { from: "2026-01-20T12:00:00Z", to: "2026-01-21T00:00:00Z" };
  const { first, last } = readSettings({ ...DEFAULTS, ...bounds }, false);
  assertEquals([first, last], [Date.parse("2026-01-20") * 1e3, Date.parse("2026-01-22") * 1e3 - 1]);
});

once("holds the rows of a file that was looked at until they are first asked for", async (lab) => {
  const name = "EXP_pil-a_2026-01-20.csv";
  lab.put(name, lines("08:00:00", 60, { step: 60 }));
  const silent = { metric() {}, reject() {}, warn() {}, progress() {} };
  const files = [inputFile(`${lab.dir}/${name}`, true)];
  const context: Context = { ...silent, files, partition: {}, replace: false, signal: new AbortController().signal };
  const settings = readSettings(DEFAULTS, false);
  const raw = await readFiles(lab.dir, new Map(), settings, TUNING.budget, context);
  const { facts } = raw.files[0]!;
  assertEquals(facts.hours, packHours(unpackHours(facts.hours)));
  const hours = new Set(facts.hours.hours);
  const first = await raw.rowsOf(raw.files[0]!, hours);
  const second = await raw.rowsOf(raw.files[0]!, hours);
  assertNotStrictEquals(first, second);
  assertEquals([...first.values()].map(({ length }) => length), [...second.values()].map(({ length }) => length));
});
