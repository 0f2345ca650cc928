import type { Table } from "myx";
import type { Feed } from "./feed.ts";
import { readDay } from "./join.ts";

/** Reads files, those of the next unit ahead of time. */
export interface Reader {
  read(feed: Feed): Table;
  /** Says which files are read now, and which ones then. */
  expect(now: readonly Feed[], then: readonly Feed[]): void;
  /** Reads the latter, while a server is busy with what it was sent. */
  ahead(): void;
}

/** `onRepeat` hears of rows that repeat a `ts` of their file and are left out. */
export function makeReader(onRepeat: (feed: Feed, rows: number) => void): Reader {
  let next: readonly Feed[] = [];
  const tables = new Map<Feed, Table>();
  const readNow = (feed: Feed) => readDay(feed.file, (rows) => onRepeat(feed, rows));
  return {
    read(feed) {
      const table = tables.get(feed) ?? readNow(feed);
      tables.delete(feed);
      return table;
    },
    expect(now, then) {
      next = then;
      for (const feed of tables.keys()) if (!now.includes(feed)) tables.delete(feed);
    },
    ahead() {
      try {
        for (const feed of next) tables.set(feed, readNow(feed));
      } catch {
        // It is told where the file is needed.
      }
      next = [];
    },
  };
}
