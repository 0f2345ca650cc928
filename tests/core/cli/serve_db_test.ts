/** `serve-db` as a process, with psql and postgres.js as its clients. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import postgres from "postgres";
import { denoCommand, projectGrants } from "../../../core/cli/grants.ts";
import { databaseProject } from "../../database_project.ts";
import { kvLines } from "../../project.ts";

const HOME = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

function myx(dir: string, ...args: string[]): Deno.Command {
  const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
  const env = { NO_COLOR: "1", INIT_CWD: dir };
  return new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: dir,
    env,
    stdout: "piped",
    stderr: "piped",
  });
}

async function ended(command: Deno.Command) {
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array<ArrayBuffer>) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Everything that a process says, and a way to wait for some of it. */
function hear(stream: ReadableStream<Uint8Array>) {
  let text = "";
  const done = (async () => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) text += part;
  })();
  const until = async (test: (text: string) => boolean) => {
    for (let i = 0; i < 600 && !test(text); i++) await new Promise((resolve) => setTimeout(resolve, 100));
    assert(test(text), text);
  };
  return { until, done, said: () => text };
}

const hasPsql = await new Deno.Command("psql", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);
if (!hasPsql) {
  console.error(
    "\n*** No psql here: serve-db is tested with postgres.js alone; on Debian: apt-get install postgresql-client ***\n",
  );
}

/** A message of PostgreSQL's protocol. */
function message(type: string, body: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(`${type}....${body}`);
  new DataView(bytes.buffer).setUint32(type.length, bytes.length - type.length);
  return bytes;
}

const SYNC = message("S", "");
const parse = (query: string, name = "") => message("P", `${name}\0${query}\0\0\0`);

/** Describe, Bind, Execute and Sync. */
const execute = (name = "") =>
  new Uint8Array([
    ...message("D", `S${name}\0`),
    ...message("B", `\0${name}\0\0\0\0\0\0\0`),
    ...message("E", "\0\0\0\0\0"),
    ...SYNC,
  ]);

/** A client that sends what it is told to. */
async function connect(port: number) {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const client = {
    async send(...parts: Uint8Array<ArrayBuffer>[]) {
      for (const part of parts) await socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 200));
    },
    /** What comes before the server is ready for more. */
    async ready() {
      let text = "";
      const buffer = new Uint8Array(4096);
      while (!text.includes("Z\0\0\0\x05")) {
        const read = await socket.read(buffer);
        if (read === null) throw new Error(`Cut off after ${text}`);
        text += new TextDecoder().decode(buffer.subarray(0, read));
      }
      return text;
    },
    close: () => socket.close(),
  };
  await client.send(message("", "\0\x03\0\0user\0postgres\0database\0postgres\0\0"));
  await client.ready();
  return client;
}

const times = (text: string, word: string) => text.split(word).length - 1;

Deno.test("serve-db opens the database to many clients, gives way to a query and a load, and comes back", async () => {
  using project = await databaseProject();
  const { dir } = project;
  const port = freePort();
  const server = myx(dir, "serve-db", "mussels", "--port", String(port)).spawn();
  const stderr = hear(server.stderr);
  const stdout = hear(server.stdout);
  const client = () =>
    postgres({
      host: "127.0.0.1",
      port,
      user: "postgres",
      database: "postgres",
      max: 1,
      prepare: false,
      fetch_types: false,
    });
  try {
    await stderr.until((text) => text.includes(`Serving: psql -h 127.0.0.1 -p ${port}`));
    if (hasPsql) {
      const address = `host=127.0.0.1 port=${port} user=postgres dbname=postgres`;
      const { stdout, stderr, code } = await ended(
        new Deno.Command("psql", {
          args: [address, "-AtX", "-c", "select count(*) from myx_ledger", "-c", '\\d "EXP_PIL_90__BIO_SIGNAL__10S"'],
          env: { PGPASSWORD: "" },
        }),
      );
      assertEquals([code, stdout.split("\n")[0]], [0, "9"], stderr);
      assertStringIncludes(stdout, "m0__raw__mean|double precision");
    }
    // Unnamed statements of many clients at once: what one has prepared no other may run.
    const clients = Array.from({ length: 6 }, client);
    await Promise.all(clients.map(async (sql, c) => {
      for (let i = 0; i < 20; i++) {
        const n = c * 100 + i;
        assertEquals((await sql`select ${n}::int as n`)[0]!.n, n);
      }
      await sql.begin(async (sql) => {
        await sql`select set_config('myx.test', ${String(c)}, true)`;
        await new Promise((resolve) => setTimeout(resolve, 20));
        assertEquals((await sql`select current_setting('myx.test') as c`)[0]!.c, String(c));
      });
    }));
    // A client that goes in the middle of a transaction leaves nothing open.
    const [leaver, ...others] = clients;
    leaver!.begin(async (sql) => {
      await sql`select 1`;
      await new Promise(() => {});
    }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200));
    await leaver!.end({ timeout: 0 });
    assertEquals((await others[0]!`select 7 as n`)[0]!.n, 7);
    // Nor does one that goes between Parse and Sync; and what one has parsed no other may bind.
    const [gone, slow, quick] = [await connect(port), await connect(port), await connect(port)];
    await gone.send(parse("select 'gone'"));
    gone.close();
    await slow.send(parse("select 'slow'"));
    const other = quick.send(parse("select 'quick'"), execute()).then(() => quick.ready());
    await new Promise((resolve) => setTimeout(resolve, 300));
    await slow.send(execute());
    assertStringIncludes(await slow.ready(), "slow");
    assertStringIncludes(await other, "quick");
    // It would end the database for all.
    for (
      const query of [[message("Q", "Copy myx_ledger\n from STDIN\0")], [
        parse("copy myx_ledger from stdin"),
        execute(),
      ]]
    ) {
      await quick.send(...query);
      assertStringIncludes(await quick.ready(), "COPY FROM STDIN does not work here");
    }
    // Names are each client's own; one that is closed may be taken again.
    await slow.send(parse("select 'slow one'", "s1"), SYNC);
    await slow.ready();
    await quick.send(parse("select 'quick one'", "s1"), execute("s1"));
    assertStringIncludes(await quick.ready(), "quick one");
    await slow.send(execute("s1"));
    assertStringIncludes(await slow.ready(), "slow one");
    await slow.send(message("C", "Ss1\0"), parse("select 'slow two'", "s1"), execute("s1"));
    assertStringIncludes(await slow.ready(), "slow two");
    slow.close();
    quick.close();
    await Promise.all(others.map((sql) => sql.end({ timeout: 1 })));

    const asked = await ended(myx(dir, "sql", "mussels", "select 1 as one", "--format", "csv"));
    assertEquals([asked.code, asked.stdout], [0, "one\n1\n"], asked.stderr);
    await stderr.until((text) => times(text, "Serving: ") === 2);
    assertStringIncludes(stderr.said(), "Giving way to who waits for the database");

    project.write({ "datasets/mussels/00_raw/EXP_pil-92_2026-01-20.csv": kvLines([[0, { m0: 1 }]]) });
    const report = await project.run("small", { last: true });
    assertEquals(report.exit_code, 0, JSON.stringify(report.steps));
    await stderr.until((text) => times(text, "Serving: ") === 3);
    assertEquals((await ended(myx(dir, "archive", "mussels"))).code, 0);
    await stderr.until((text) => times(text, "Serving: ") === 4);
    const after = client();
    assertEquals((await after`select count(*)::int as n from myx_ledger`)[0]!.n, 12);
    await after.end({ timeout: 1 });
  } finally {
    server.kill("SIGINT");
    assertEquals((await server.status).code, 130, stderr.said());
    await Promise.all([stderr.done, stdout.done]);
  }
  assertEquals(stdout.said(), "");
  assertEquals([...Deno.readDirSync(`${dir}/datasets/mussels/.myx/state`)].map(({ name }) => name).sort(), [
    "postgres",
    "postgres.lock",
    "postgres.wanted",
  ]);
  assert(![...Deno.readDirSync(`${dir}/datasets/mussels/.myx/state/postgres`)].some(({ name }) => name === "leave"));
  assertEquals([...Deno.readDirSync(`${dir}/datasets/mussels/.myx/staging`)], []);
});
