/**
 * The library for treatments: columnar tables, Parquet, file names and time.
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
export * from "./data/flags.ts";
export * from "./data/naming.ts";
export * from "./data/parquet.ts";
export * from "./data/table.ts";
export * from "./data/time.ts";
