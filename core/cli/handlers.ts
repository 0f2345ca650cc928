import type { Handler } from "./command.ts";

/** Loads the code of the command `name`: each only when it is called, so that the others cost nothing. */
export async function loadHandler(name: string): Promise<Handler> {
  return (await HANDLERS[name]!()).run;
}

/** By the names of the table of commands; apart from it, because help and completions read the table. */
const HANDLERS: Readonly<Record<string, () => Promise<{ readonly run: Handler }>>> = {
  flow: () => import("./flow.ts"),
  run: () => import("./run.ts"),
  init: () => import("./init.ts"),
  status: () => import("./status.ts"),
  verify: () => import("./verify.ts"),
  watch: () => import("./watch.ts"),
  archive: () => import("./archive.ts"),
  delete: () => import("./delete.ts"),
  sql: () => import("./sql.ts"),
  "serve-db": () => import("./serve_db.ts"),
  list: () => import("./list.ts"),
  describe: () => import("./describe.ts"),
  check: () => import("./check.ts"),
  new: () => import("./new.ts"),
  add: () => import("./add.ts"),
  update: () => import("./update.ts"),
  remove: () => import("./remove.ts"),
  logs: () => import("./logs.ts"),
  completions: () => import("./completions.ts"),
  help: () => import("./help.ts"),
};
