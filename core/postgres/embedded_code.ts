import { dirname, fromFileUrl } from "@std/path";

/** The folder of the embedded database's own code, which it reads when it starts. */
export function embeddedCode(): string {
  return dirname(fromFileUrl(import.meta.resolve("@electric-sql/pglite")));
}
