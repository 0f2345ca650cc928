/**
 * The library for treatments: columnar tables, Parquet, raw text, file names and time.
 *
 * ```ts ignore
 * import { type Context, type Params, readParquet, writeParquet } from "myx";
 *
 * export function run(_input: string, output: string, _params: Params, context: Context) {
 *   for (const file of context.files) writeParquet(`${output}/${file.name}`, readParquet(file.path));
 * }
 * ```
 *
 * @module
 */
export * from "./contract/context.ts";
export { didYouMean, oneOf } from "./contract/suggest.ts";
export * from "./data/bounds.ts";
export { type ByteSource, openSource } from "./data/byte_source.ts";
export * from "./data/clock.ts";
export * from "./data/csv_text.ts";
export * from "./data/day_times.ts";
export * from "./data/flags.ts";
export * from "./data/glob.ts";
export * from "./data/naming.ts";
export * from "./data/number_format.ts";
export * from "./data/parquet.ts";
export * from "./data/recycle.ts";
export * from "./data/table.ts";
export * from "./data/time.ts";
export {
  type Connection,
  type Database,
  EMBEDDED,
  type Rows,
  SSL_MODES,
  type SslMode,
  type TextColumn,
  type Texts,
} from "./postgres/connection.ts";
export { type EncodeOptions, encodeRows, type Field, type FieldType } from "./postgres/copy_format.ts";
export { DatabaseError } from "./postgres/errors.ts";
export { nameFault, quoteName } from "./postgres/identifier.ts";
export { LEDGER_TABLE, loadInTurn, lockFor, lockForAll, prepareLedger } from "./postgres/ledger_table.ts";
export { openDatabase } from "./postgres/open_database.ts";
export { datasetOf, originOf } from "./postgres/origin.ts";
export { type ConnectionParams, readConnection } from "./postgres/read_connection.ts";
export {
  findRepeats,
  groupRows,
  invertRoots,
  judgeColumn,
  type JudgedColumn,
  type JudgeRules,
  mapColumn,
  type Repeats,
  type RowGroups,
  type Scatter,
  scatterColumn,
  type Scattered,
  sortRows,
  type SpikeRules,
  writeSteps,
} from "./kernels/column_loops.ts";
export { type PlainMetric, summariseColumn, type WindowCut, type WindowSummary } from "./kernels/summarise_column.ts";
export type { Domain } from "./raw/domains.ts";
export { createKeys, type Keys } from "./raw/keys.ts";
export { type RawTuning, readRaw } from "./raw/read_raw.ts";
export type { Batch, BatchColumn, BatchStore, Problem, Row, RowStore } from "./raw/row.ts";
export { type RawSettings, readRawSettings } from "./raw/settings.ts";
export { sourceOf } from "./raw/source_name.ts";
