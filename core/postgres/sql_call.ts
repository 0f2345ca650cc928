/** A query of a user, run where a treatment would run: with what the step may reach, and nothing else. */
import {
  type Context,
  type Database,
  DatabaseError,
  openDatabase,
  type Params,
  quoteName,
  type Texts,
  writeText,
} from "myx";
import { type RowFormat, type RowWriter, rowWriter } from "./format_rows.ts";
import { readConnection } from "./read_connection.ts";

/** Rows held in memory at a time. */
const BATCH = 1000;

/** Statements that a cursor can stand for; their results may be of any size. */
const ROWS = /^(?:\s|--[^\n]*\n|\/\*.*?\*\/|\()*(select|with|values|table)\b/is;

/** Statements that tell something in a few rows. */
const TELLS = /^(?:\s|--[^\n]*\n|\/\*.*?\*\/)*(explain|show)\b/is;

/** What is asked, and how it is answered. */
export interface Question {
  readonly query: string;
  readonly format: RowFormat;
  /** Where tables are looked for. */
  readonly schema?: string;
}

/** Runs `params.query` and writes its rows as `params.format` into the file `rows`. */
export async function run(_input: string, output: string, params: Params, context: Context): Promise<void> {
  const db = await openDatabase(readConnection(params as Parameters<typeof readConnection>[0], context.state));
  try {
    using file = Deno.openSync(`${output}/rows`, { write: true, create: true });
    await ask(db, params as unknown as Question, (text) => writeText(file, text));
  } finally {
    await db.close();
  }
}

/**
 * Answers in a transaction that only reads. It is undone at its end: large objects can be written in it before PostgreSQL 16.
 *
 * @throws {Error} In the database's own words, if it cannot.
 */
export async function ask(
  db: Database,
  { query, format, schema = "public" }: Question,
  write: (text: string) => void,
): Promise<void> {
  try {
    await db.query(`set search_path to ${quoteName(schema)}; set default_transaction_read_only = on`);
    // From the first query on no transaction can be made one that writes.
    await db.query("begin; select 1");
    let writer: RowWriter | undefined;
    for await (const { columns, rows } of fetchTexts(db, query)) {
      writer ??= rowWriter(format, columns);
      if (columns.length) write(writer(rows));
    }
    await db.query("rollback");
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    await db.query("rollback").catch(() => {});
    throw await explain(error, db);
  }
}

async function* fetchTexts(db: Database, query: string): AsyncGenerator<Texts> {
  if (TELLS.test(query)) return yield await db.single(query);
  if (!ROWS.test(query)) {
    const [word = ""] = query.trim().split(/\s/);
    throw new Error(
      `Cannot run the query: found "${word}", expected select, with, values, table, explain or show: sql only reads`,
    );
  }
  await db.single(`declare myx_rows no scroll cursor for ${query}`);
  for (;;) {
    const texts = await db.single(`fetch ${BATCH} from myx_rows`);
    yield texts;
    if (texts.rows.length < BATCH) return;
  }
}

/** What the database said, in its own words: the query is the user's. */
async function explain(error: unknown, db: Database): Promise<unknown> {
  if (!(error instanceof DatabaseError) || error.lost) return error;
  const { message, hint } = error.cause as { message: string; hint?: string };
  const fail = (why: string) => new Error(`Cannot run the query: ${why}`, { cause: error });
  if (error.code === "25006") return fail(`${message}; it can only read`);
  if (error.code !== "42P01") return fail(hint ? `${message}; ${hint}` : message);
  return fail(`${message}${await nameTables(db, /relation "([^"]+)"/.exec(message)?.[1] ?? "")}`);
}

/** Tables are called in upper case, and PostgreSQL lowers what is not in quotes. */
async function nameTables(db: Database, wanted: string): Promise<string> {
  const found = await db.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = current_schema() order by 1",
  );
  const names = found.map(({ name }) => name);
  const meant = names.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (meant !== undefined) return `; write the name in double quotes: ${quoteName(meant)}`;
  const some = names.slice(0, 10).map((name) => quoteName(name)).join(", ");
  return names.length
    ? `; there are ${some}${names.length > 10 ? " and more" : ""}`
    : "; there is no table yet: run the flow";
}
