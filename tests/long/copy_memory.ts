/** Copies 20 MB and then 400 MB into the embedded database, and prints how many MB larger the second made this process. */
import { type Database, encodeRows } from "myx";
import { embedded } from "../postgres_embedded.ts";
import { withDatabase } from "../postgres_server.ts";

/** The most memory that this process has while it copies `count` MB, in bytes. */
async function peakOf(db: Database, count: number): Promise<number> {
  const row = { type: "text" as const, text: "x".repeat(2 ** 20) };
  let peak = 0;
  function* rows() {
    for (let i = 0; i < count; i++) {
      yield* encodeRows([row], 1);
      peak = Math.max(peak, Deno.memoryUsage().rss);
    }
  }
  const copied = await db.copy("long", ["a"], rows());
  if (copied !== count) throw new Error(`It copied ${copied} rows, not ${count}`);
  return peak;
}

if (import.meta.main) {
  await withDatabase(embedded, async (db) => {
    await db.query("create table long (a text)");
    const few = await peakOf(db, 20);
    console.log(Math.round((await peakOf(db, 400) - few) / 2 ** 20));
  });
}
