import { type InputFile, ROW_FLAG } from "myx";
import { type Filter, select, type Selection } from "./filter.ts";
import { checkTableName, type Template, type Words } from "./template.ts";

/** What one file gives to one table. */
export interface Feed {
  readonly file: InputFile;
  readonly words: Words;
  /** The table, in PostgreSQL. */
  readonly table: string;
  /** The part of the table that is written in one transaction. */
  readonly unit: string;
  /** What the ledger calls it: the file, and which columns of it where that is not all. */
  readonly id: string;
  /** Whether a column of the file is loaded. */
  has(column: string): boolean;
  /** What a column of the file is called in the table (wide), or as a sensor (long). */
  nameOf(column: string): string;
}

/** How files become feeds. */
export interface FeedOptions {
  readonly template: Template;
  readonly layout: "wide" | "long";
  readonly filters: readonly Filter[];
  /** Windows to load; none is all. */
  readonly aggregations: readonly string[];
  /** Name of the input folder. */
  readonly folder: string;
}

/**
 * What the selected `files` give to which tables.
 *
 * @throws {TypeError} If a file has no name of ours, a table's name is too long, or two files must not share a table.
 */
export function planFeeds(files: readonly InputFile[], options: FeedOptions): Feed[] {
  const feeds = files.flatMap((file) => {
    const words = wordsOf(file, options.folder);
    if (!hasWindow(file, options.aggregations)) return [];
    const selection = select(options.filters, words, file.window !== undefined);
    return selection ? [makeFeed(file, words, selection, options)] : [];
  });
  for (const { table, file } of feeds) checkTableName(table, file.name);
  checkShared(feeds, options);
  return feeds;
}

/** Whether a file is of one of the windows to load. */
export function hasWindow({ window = "" }: Pick<InputFile, "window">, aggregations: readonly string[]): boolean {
  return aggregations.length === 0 || aggregations.includes(window);
}

/**
 * The words of a file's name.
 *
 * @throws {TypeError} If it has no name of ours.
 */
export function wordsOf(
  { name, source, domain, day, window }: Pick<InputFile, "name" | "source" | "domain" | "day" | "window">,
  folder: string,
): Words {
  if (source === undefined || domain === undefined || day === undefined) {
    throw new TypeError(
      `Cannot load "${name}": expected a name <source>__<domain>__<YYYY-MM-DD>[__<window>].parquet; move it elsewhere`,
    );
  }
  return {
    source,
    experience: source.slice(0, Math.max(source.lastIndexOf("_"), 0)),
    device: deviceOf(source),
    domain,
    aggregation: window ?? "raw",
    step: folder.replace(/^\d+_/, ""),
  };
}

/** What stands behind the last `_` of a source. */
export function deviceOf(source: string): string {
  return source.slice(source.lastIndexOf("_") + 1);
}

function makeFeed(file: InputFile, words: Words, selection: Selection, { template, layout }: FeedOptions): Feed {
  const prefix = layout === "wide" ? template.columnPrefix(words) : "";
  const flagPrefix = layout === "wide" && template.mergesDomains ? `${words.domain}__` : "";
  return {
    file,
    words,
    table: template.table(words),
    unit: layout === "wide" ? file.day! : `${words.source}__${words.domain}__${file.day}`,
    id: selection.id ? `${file.name} ${selection.id}` : file.name,
    has: selection.has,
    // Every domain has a column of this name: the one that does not belong to any.
    nameOf: (column) => `${prefix}${column === ROW_FLAG ? flagPrefix : ""}${column}`,
  };
}

/** Refuses files that would meet in one table without being told apart there. */
function checkShared(feeds: readonly Feed[], { template, layout }: FeedOptions): void {
  const tables = new Map<string, Feed>();
  const windows = new Map<string, Feed>();
  const devices = new Map<string, Feed>();
  for (const feed of feeds) {
    const { table, words } = feed;
    const first = remember(tables, table, feed);
    if (template.fill(first.words) !== template.fill(words)) {
      refuse(feed, first, `both tables would be called "${table}"`, "rename one source, or change table_template");
    }
    const sameWindow = remember(windows, table, feed);
    if (sameWindow.words.aggregation !== words.aggregation) {
      refuse(
        feed,
        sameWindow,
        `table "${table}" would mix windows`,
        'name {aggregation} in table_template, or load one window: "aggregations": ["10s"]',
      );
    }
    const sameDevice = remember(devices, JSON.stringify([table, words.device]), feed);
    if (sameDevice.words.source !== words.source) {
      refuse(
        feed,
        sameDevice,
        `both are device "${words.device}" in table "${table}"`,
        `name {source} or {experience} in table_template${layout === "wide" ? "" : ", or load one of them: sources"}`,
      );
    }
  }
}

function remember(map: Map<string, Feed>, key: string, feed: Feed): Feed {
  const known = map.get(key);
  if (!known) map.set(key, feed);
  return known ?? feed;
}

function refuse(one: Feed, other: Feed, why: string, fix: string): never {
  throw new TypeError(`Cannot load "${one.file.name}" beside "${other.file.name}": ${why}; ${fix}`);
}
