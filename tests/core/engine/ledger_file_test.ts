import { assertStringIncludes, assertThrows } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { Ledger } from "../../../core/engine/ledger.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("Ledger says what to do where SQLite cannot make its files, as in a folder that is read-only", () => {
  const dir = makeTempDir();
  Ledger.open(dir, () => {}).close();
  // Whoever runs the tests, this cannot be opened for writing.
  Deno.mkdirSync(`${dir}/state.sqlite-wal`);
  for (const open of [() => Ledger.look(dir), () => Ledger.open(dir, () => {})]) {
    const error = assertThrows(
      open,
      MyxError,
      `Cannot open the ledger "${dir}/state.sqlite": SQLite makes files beside it`,
    );
    assertStringIncludes(error.fix!, "copy it with its folder .myx");
  }
  Deno.removeSync(dir, { recursive: true });
});
