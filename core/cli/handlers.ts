import type { Handler } from "./command.ts";

interface Module {
  readonly run: Handler;
}

/** Of a module that is named here, Deno reads all it imports before anything starts, and asks for no permission. */
const NAMED: Readonly<Record<string, () => Promise<Module>>> = {
  help: () => import("./help.ts"),
  completions: () => import("./completions.ts"),
};

/** Loads the code of a command, or of a part of one, when it is called: `serve_db.ts` is that of `serve-db`. */
export async function loadHandler(name: string): Promise<Handler> {
  const path = `./${name.replaceAll("-", "_")}.ts`;
  const { run }: Module = await (NAMED[name]?.() ?? import(path));
  return run;
}
