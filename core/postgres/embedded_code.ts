import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the embedded database's own code, which it reads when it starts. */
export function embeddedCode(): string {
  return dirname(fileURLToPath(import.meta.resolve("@electric-sql/pglite")));
}
