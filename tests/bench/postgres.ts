/**
 * Measures loading a server against psql: `deno run -q -P=test tests/bench/postgres.ts [ROUNDS] [MILLIONS...]`.
 *
 * The same rows of 13 columns, with the same primary key, go into an empty table through `myx run to_postgres` (from
 * Parquet files of a day each, sandbox and ledger included) and through `psql \copy`, binary and text, in turn. Memory is the
 * summed proportional set size of myx's processes; the server's is not in it.
 */
import { quoteName, writeParquet } from "myx";
import { denoCommand, HOME, projectGrants } from "../../core/cli/grants.ts";
import { PASSWORD, startServer, withDatabase } from "../postgres_server.ts";

const SAMPLE_MS = 100;
const COLUMNS = 13;
const TABLE = quoteName("EXP_A__BIO_SIGNAL__1S");
const [rounds = 3, ...given] = Deno.args.map(Number);
const millions = given.length ? given : [1, 4];

const server = await startServer();
if (!server) Deno.exit(0);

console.log("million rows  way           seconds  x psql binary  peak MB");
for (const million of millions) {
  const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "myx-bench-" }));
  try {
    makeFiles(`${dir}/datasets/d/40_aggregated`, million * 1e6);
    const connection = await server.createDatabase();
    const params = { ...connection, password: undefined, sslmode: "disable" };
    const load = () =>
      measure([
        ...denoCommand(projectGrants(dir, HOME), HOME).slice(1),
        ...[
          "run",
          "to_postgres",
          "--input",
          `${dir}/datasets/d/40_aggregated`,
          "--output",
          `${dir}/datasets/d/60_postgres`,
        ],
        ...["--params", JSON.stringify(params), "--project", dir],
      ]);
    const psql = (command: string) =>
      measure([
        ...["-h", "127.0.0.1", "-p", String(server.port), "-U", "myx", "-d", connection.dbname, "-q"],
        ...["-v", "ON_ERROR_STOP=1", "-c", command],
      ], "psql");
    await load();
    const columns = Array.from({ length: COLUMNS }, (_, c) => `m${c}`).join(", ");
    const copy = (way: string, format: string) =>
      `\\copy ${TABLE} (ts, ${columns}) ${way} '${dir}/rows.${format}' (format ${format})`;
    for (const format of ["binary", "text"]) await psql(copy("to", format));
    const ways: [string, () => Promise<Measured>][] = [
      ["psql binary", () => psql(copy("from", "binary"))],
      ["psql text", () => psql(copy("from", "text"))],
      ["myx", load],
    ];
    const results = new Map<string, Measured[]>(ways.map(([way]) => [way, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [way, run] of ways) {
        await withDatabase(
          connection,
          (db) =>
            db.query(`truncate ${TABLE}, myx_ledger; checkpoint`).catch(() =>
              db.query(`truncate ${TABLE}, myx_ledger`)
            ),
        );
        results.get(way)!.push(await run());
        const [counted] = await withDatabase(
          connection,
          (db) => db.query<{ rows: number }>(`select count(*) as rows from ${TABLE}`),
        );
        if (counted!.rows !== million * 1e6) throw new Error(`${way} loaded ${counted!.rows} rows`);
      }
    }
    const base = median(results.get("psql binary")!.map(({ seconds }) => seconds));
    for (const [way, list] of results) {
      const seconds = median(list.map(({ seconds }) => seconds));
      const peak = median(list.map(({ peak }) => peak));
      const cells = [
        seconds.toFixed(2).padStart(9),
        (seconds / base).toFixed(2).padStart(15),
        (peak / 1e6).toFixed(0).padStart(9),
      ];
      console.log(`${String(million).padStart(12)}  ${way.padEnd(11)}  ${cells.join("")}`);
    }
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}
await server.stop();

interface Measured {
  readonly seconds: number;
  readonly peak: number;
}

function makeFiles(folder: string, rows: number): void {
  Deno.mkdirSync(folder, { recursive: true });
  const perDay = 80_000;
  for (let from = 0, day = 0; from < rows; from += perDay, day++) {
    const length = Math.min(perDay, rows - from);
    const start = Date.UTC(2026, 0, 1 + day) * 1000;
    writeParquet(`${folder}/EXP_a__bio_signal__${new Date(start / 1000).toISOString().slice(0, 10)}__1s.parquet`, {
      ts: Float64Array.from({ length }, (_, row) => start + row * 1e6),
      columns: Array.from({ length: COLUMNS }, (_, c) => ({
        name: `m${c}`,
        type: c % 2 ? "float64" : "int64",
        values: Float64Array.from(
          { length },
          (_, row) => row % 50 === c ? NaN : c % 2 ? (row * (c + 1)) / 7 : (row * c) % 800,
        ),
      })),
    });
  }
}

async function measure(args: readonly string[], program: string = Deno.execPath()): Promise<Measured> {
  const start = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    env: { PGPASSWORD: PASSWORD },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let peak = 0;
  let running = true;
  const sampling = (async () => {
    for (; running; await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))) {
      peak = Math.max(peak, await treeMemory(child.pid));
    }
  })();
  const { success, stderr } = await child.output();
  const seconds = (performance.now() - start) / 1000;
  running = false;
  await sampling;
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return { seconds, peak };
}

async function treeMemory(root: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid=,ppid=,pss="], stdout: "piped" }).output();
  const rows = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const sum = (pid: number): number =>
    rows.reduce((total, [id, parent, pss]) => total + (id === pid ? pss! * 1024 : parent === pid ? sum(id!) : 0), 0);
  return sum(root);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
