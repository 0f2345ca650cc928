import { nameFault, oneOf } from "myx";

/** What a template's words stand for in one file. */
export interface Words {
  readonly source: string;
  readonly experience: string;
  readonly device: string;
  readonly domain: string;
  readonly aggregation: string;
  readonly step: string;
}

/** How the tables of a run are named. */
export interface Template {
  /** The table of a file, in PostgreSQL. */
  table(words: Words): string;
  /** The template filled in, before anything is replaced: what is different here must not share a table. */
  fill(words: Words): string;
  /** What stands before the columns of a device, empty where a table has one device. The template alone decides. */
  columnPrefix(words: Words): string;
  /** Whether several domains share a table. */
  readonly mergesDomains: boolean;
}

const WORDS: readonly (keyof Words)[] = ["source", "experience", "device", "domain", "aggregation", "step"];

/** @throws {TypeError} If the template has an unknown word. */
export function parseTemplate(template: string, prefix: string): Template {
  const used = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, word]) => word!);
  const unknown = used.find((word) => !WORDS.includes(word as keyof Words));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot use table_template "${template}": {${unknown}} is no word of it; expected ${oneOf(WORDS)}`,
    );
  }
  const has = (word: keyof Words) => used.includes(word);
  const fill = (words: Words) => prefix + template.replace(/\{(\w+)\}/g, (_, word: keyof Words) => words[word]);
  return {
    fill,
    table: (words) => fill(words).normalize("NFC").toUpperCase().replace(/[^\p{L}\p{N}]/gu, "_"),
    columnPrefix: ({ device }) => has("source") || has("device") ? "" : `${device}__`,
    mergesDomains: !has("domain"),
  };
}

/**
 * Refuses a table name that PostgreSQL would cut.
 *
 * @throws {TypeError} Naming the file it is for.
 */
export function checkTableName(table: string, file: string): void {
  const fault = table === "" ? "it is empty" : nameFault(table);
  if (fault) {
    throw new TypeError(
      `Cannot name the table of "${file}" "${table}": ${fault}; shorten table_template, table_prefix or the source`,
    );
  }
}
