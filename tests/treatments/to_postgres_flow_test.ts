import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Connection, EMBEDDED, quoteName, writeParquet } from "myx";
import { statusOf } from "../../core/engine/status.ts";
import { makeProject, type TestProject } from "../project.ts";
import { hasIPv6, PASSWORD, startServer, withDatabase } from "../postgres_server.ts";
import { dayTable } from "./to_postgres_world.ts";

const FILE = "EXP_a__bio_signal__2026-01-20__10s.parquet";

function makeFlow(params: Record<string, unknown>): TestProject {
  const step = { treatment: "to_postgres", input: "40_aggregated", output: "60_postgres", params };
  const project = makeProject({
    "flows/f.json": { name: "f", description: "loads", dataset: "d", steps: [step] },
    "datasets/d/40_aggregated/.keep": "",
  });
  writeParquet(`${project.dir}/datasets/d/40_aggregated/${FILE}`, dayTable(0, [0, 10], { m0: [1, null] }));
  return project;
}

const reach = ({ host, port, dbname, user }: Connection) => ({ host, port, dbname, user });

const rowsOf = (connection: Connection) =>
  withDatabase(connection, (db) => db.query(`select m0 from ${quoteName("EXP_A__BIO_SIGNAL__10S")} order by ts`));

/** Everything a run has left in its project, the log included. */
function everything(dir: string): string {
  return [...Deno.readDirSync(dir)].map(({ name, isDirectory }) =>
    isDirectory ? everything(`${dir}/${name}`) : new TextDecoder().decode(Deno.readFileSync(`${dir}/${name}`))
  ).join("\n");
}

Deno.test("to_postgres loads the embedded database from inside the sandbox, and --last leaves it alone", async () => {
  using project = makeFlow({ host: EMBEDDED });
  const first = await project.run("f");
  assertEquals(first.exit_code, 0, JSON.stringify(first));
  const last = await project.run("f", { last: true });
  assertEquals([last.exit_code, last.steps[0]!.partitions.computed], [0, 0], JSON.stringify(last));
  const connection: Connection = {
    ...{ host: EMBEDDED, port: 5432, dbname: "postgres", user: "postgres", sslmode: "prefer" },
    state: `${project.dir}/datasets/d/.myx/state/postgres`,
  };
  assertEquals([...await rowsOf(connection)], [{ m0: 1 }, { m0: null }]);
});

Deno.test("--from and --to with replace leave table rows of other days, until all days are replaced", async () => {
  using project = makeFlow({ host: EMBEDDED });
  const input = `${project.dir}/datasets/d/40_aggregated`;
  writeParquet(`${input}/${FILE.replace("-20", "-21")}`, dayTable(1, [0], { m0: [3] }));
  await project.run("f");
  project.remove(`datasets/d/40_aggregated/${FILE}`);
  const removed = async (days: Record<string, string>) => {
    const { steps: [step] } = await project.run("f", { last: true, outputMode: "replace", ...days });
    return [step!.partitions.computed, step!.metrics.units_removed ?? 0];
  };
  assertEquals(await removed({ from: "2026-01-21", to: "2026-01-21" }), [1, 0]);
  assertEquals(await removed({}), [1, 1]);
  assertEquals(await removed({}), [0, 0]);
});

Deno.test("a flow whose mode is replace leaves no rows of files that are gone, whatever days a run was asked for", async () => {
  using project = makeFlow({ host: EMBEDDED, mode: "replace" });
  const input = `${project.dir}/datasets/d/40_aggregated`;
  writeParquet(`${input}/${FILE.replace("-20", "-21")}`, dayTable(1, [0], { m0: [3] }));
  await project.run("f");
  project.remove(`datasets/d/40_aggregated/${FILE}`);
  const removed = async (days: Record<string, string>) =>
    (await project.run("f", { last: true, ...days })).steps[0]!.metrics.units_removed ?? 0;
  // Once the files that are gone are forgotten, nothing brings them to mind again.
  assertEquals([await removed({ from: "2026-01-21" }), await removed({})], [1, 0]);
});

Deno.test("two steps that load parts of one folder leave each other's rows alone when all is replaced", async () => {
  const step = (output: string, params: Record<string, unknown>) => {
    return { treatment: "to_postgres", input: "40_aggregated", output, params: { host: EMBEDDED, ...params } };
  };
  const steps = [step("50_fine", { aggregations: ["10s"] }), step("51_coarse", { aggregations: ["1h"] })];
  using project = makeProject({
    "flows/f.json": { name: "f", description: "loads", dataset: "d", steps },
    "datasets/d/40_aggregated/.keep": "",
  });
  for (const window of ["10s", "1h"]) {
    const path = `${project.dir}/datasets/d/40_aggregated/${FILE.replace("10s", window)}`;
    writeParquet(path, dayTable(0, [0], { m0: [1] }));
  }
  const run = async () => {
    const report = await project.run("f", { outputMode: "replace" });
    return report.steps.map(({ metrics }) => [metrics.units_loaded, metrics.units_removed]);
  };
  assertEquals(await run(), [[1, 0], [1, 0]]);
  assertEquals(await run(), [[0, 0], [0, 0]]);
});

Deno.test("a loader runs again where its database is gone, and under replace where rows of files may be left", async () => {
  using project = makeFlow({ host: EMBEDDED });
  await project.run("f");
  const computed = async (options = {}) => {
    const { steps, exit_code } = await project.run("f", { last: true, ...options });
    return [exit_code, steps[0]!.partitions.computed];
  };
  // Once to be sealed, once by the seal.
  assertEquals([await computed(), await computed()], [[0, 0], [0, 0]]);
  const { steps } = statusOf(project.resolve("f"));
  assertEquals(steps[0]!.state, "up-to-date");
  project.remove("datasets/d/.myx/state/postgres");
  assertEquals(await computed(), [0, 1]);
  const other = "EXP_a__bio_signal__2026-01-21__10s.parquet";
  writeParquet(`${project.dir}/datasets/d/40_aggregated/${other}`, dayTable(1, [0], { m0: [5] }));
  assertEquals(await computed(), [0, 1]);
  project.remove(`datasets/d/40_aggregated/${other}`);
  assertEquals(await computed(), [0, 1]);
  const connection: Connection = {
    ...{ host: EMBEDDED, port: 5432, dbname: "postgres", user: "postgres", sslmode: "prefer" },
    state: `${project.dir}/datasets/d/.myx/state/postgres`,
  };
  assertEquals((await rowsOf(connection)).length, 3);
  assertEquals([await computed({ outputMode: "replace" }), await computed({ outputMode: "replace" })], [[0, 1], [
    0,
    0,
  ]]);
  assertEquals((await rowsOf(connection)).length, 2);
  await withDatabase(connection, (db) => db.query(`update ${quoteName("EXP_A__BIO_SIGNAL__10S")} set m0 = 77`));
  assertEquals((await project.run("f", { outputMode: "full-replace" })).exit_code, 0);
  assertEquals([...await rowsOf(connection)], [{ m0: 1 }, { m0: null }]);
});

Deno.test("to_postgres takes what a copied embedded database holds for its own", async () => {
  using project = makeFlow({ host: EMBEDDED });
  assertEquals((await project.run("f")).exit_code, 0);
  project.write({ "flows/g.json": { ...JSON.parse(project.read("flows/f.json")), name: "g", dataset: "trial" } });
  const trial = `${project.dir}/datasets/trial`;
  await new Deno.Command("cp", { args: ["-r", `${project.dir}/datasets/d`, trial] }).output();
  const connection: Connection = {
    ...{ host: EMBEDDED, port: 5432, dbname: "postgres", user: "postgres", sslmode: "prefer" },
    state: `${trial}/.myx/state/postgres`,
  };
  writeParquet(`${trial}/40_aggregated/${FILE}`, dayTable(0, [0, 10], { m0: [7, 8] }));
  const report = await project.run("g");
  assertEquals(report.exit_code, 0, JSON.stringify(report));
  assertEquals([...await rowsOf(connection)], [{ m0: 7 }, { m0: 8 }]);
  Deno.removeSync(`${trial}/40_aggregated/${FILE}`);
  writeParquet(`${trial}/40_aggregated/${FILE.replace("20__10s", "21__10s")}`, dayTable(1, [0], { m0: [9] }));
  assertEquals((await project.run("g", { outputMode: "replace" })).exit_code, 0);
  assertEquals([...await rowsOf(connection)], [{ m0: 9 }]);
});

const server = await startServer();

if (server) {
  Deno.test("to_postgres does not put a copy's values in the place of the original's, but under replace", async () => {
    const connection = await server.createDatabase();
    using project = makeFlow({ ...reach(connection), password_env: "MYX_TEST_PASSWORD" });
    Deno.env.set("MYX_TEST_PASSWORD", PASSWORD);
    try {
      assertEquals((await project.run("f")).exit_code, 0);
      project.write({ "flows/g.json": { ...JSON.parse(project.read("flows/f.json")), name: "g", dataset: "trial" } });
      await new Deno.Command("cp", {
        args: ["-a", `${project.dir}/datasets/d`, `${project.dir}/datasets/trial`],
      }).output();
      assertEquals((await project.run("g")).exit_code, 0);
      writeParquet(`${project.dir}/datasets/trial/40_aggregated/${FILE}`, dayTable(0, [0, 10], { m0: [7, 8] }));
      const refused = await project.run("g");
      assertEquals(refused.exit_code, 1);
      assertStringIncludes(JSON.stringify(refused), `the dataset \\"d\\" has loaded a file of this name`);
      assertEquals([...await rowsOf(connection)], [{ m0: 1 }, { m0: null }]);
      assertEquals((await project.run("g", { outputMode: "replace" })).exit_code, 0);
      assertEquals([...await rowsOf(connection)], [{ m0: 7 }, { m0: 8 }]);
    } finally {
      Deno.env.delete("MYX_TEST_PASSWORD");
    }
  });
  Deno.test({
    name: "to_postgres reaches a server by an address of IPv6 from inside the sandbox",
    ignore: !hasIPv6(),
    fn: async () => {
      const connection = await server.createDatabase();
      Deno.env.set("MYX_TEST_IPV6", PASSWORD);
      for (const host of ["::1", "[::1]"]) {
        using project = makeFlow({ ...reach(connection), host, password: "{env:MYX_TEST_IPV6}" });
        const report = await project.run("f", { outputMode: "replace" });
        assertEquals(report.exit_code, 0, JSON.stringify(report));
      }
      assertEquals([...await rowsOf(connection)], [{ m0: 1 }, { m0: null }]);
    },
  });

  Deno.test("to_postgres takes the password of a server from a variable, and keeps it nowhere", async () => {
    const connection = await server.createDatabase();
    using project = makeFlow({ ...reach(connection), password_env: "MYX_TEST_PASSWORD" });
    Deno.env.set("MYX_TEST_PASSWORD", PASSWORD);
    try {
      const report = await project.run("f");
      assertEquals(report.exit_code, 0, JSON.stringify(report));
      assertEquals([...await rowsOf(connection)], [{ m0: 1 }, { m0: null }]);
      Deno.env.set("MYX_TEST_PASSWORD", "wr0ng-password");
      const refused = await project.run("f");
      assertEquals(refused.exit_code, 1);
      assertStringIncludes(JSON.stringify(refused), "the server refused");
      const left = everything(project.dir) + JSON.stringify([report, refused]);
      assert(!left.includes(PASSWORD) && !left.includes("wr0ng-password"));
    } finally {
      Deno.env.delete("MYX_TEST_PASSWORD");
    }
  });

  Deno.test("to_postgres reaches a server through its unix socket, from inside the sandbox", async () => {
    const connection = await server.createDatabase();
    using project = makeFlow({ ...reach(connection), host: server.dir });
    const report = await project.run("f");
    assertEquals(report.exit_code, 0, JSON.stringify(report));
    assertEquals([...await rowsOf(connection)], [{ m0: 1 }, { m0: null }]);
  });

  Deno.test("to_postgres tells of a server that is not there", async () => {
    using project = makeFlow({ host: "127.0.0.1", port: 1, user: "myx" });
    const report = await project.run("f");
    assertEquals(report.exit_code, 1);
    assertStringIncludes(JSON.stringify(report), "nobody listens there");
  });
}
