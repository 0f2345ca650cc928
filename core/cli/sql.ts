import { fileURLToPath } from "node:url";
import type { ExitCode } from "../contract/errors.ts";
import { callDatabase, requireDatabase } from "../engine/database_call.ts";
import type { CommandLine } from "./command_line.ts";
import { findDatabaseStep } from "./database_step.ts";
import { datasetFlow } from "./dataset_flow.ts";
import { withInterrupt } from "./interrupt.ts";
import { printFile, tell } from "./output.ts";

const ENTRY = fileURLToPath(import.meta.resolve("../postgres/sql_call.ts"));

/** What there is to ask, where nothing is asked. The last date in a unit is its day: that of a source may have one, too. */
const TABLES = `select t.table_name as "table", ` +
  `count(distinct substring(l.unit from '.*([0-9]{4}-[0-9]{2}-[0-9]{2})')) as days, sum(l.rows)::bigint as rows, ` +
  `max(l.loaded_at)::timestamp(0) as "last load" from information_schema.tables t left join myx_ledger l ` +
  `on l.target = t.table_name and l.unit !~ '^(file|table):' where t.table_schema = current_schema() and t.table_name <> 'myx_ledger' group by 1 order by 1`;

/** `sql DATASET [QUERY]`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const state = findDatabaseStep(datasetFlow(line), line);
  requireDatabase(state);
  const [, query = TABLES] = line.arguments;
  const params = { query, format: line.values.format ?? "table" };
  return await withInterrupt<ExitCode>(async (signal) => {
    const command = `sql ${line.arguments[0]}`;
    await callDatabase(state, { entry: ENTRY, params, command, signal, onWait: tell }, (folder) => {
      printFile(`${folder}/rows`);
    });
    return 0;
  });
}
