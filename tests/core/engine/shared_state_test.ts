import { assertEquals } from "@std/assert";
import { makeShared } from "../../../core/engine/shared_state.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test({
  name: "makeShared() gives no rights to a group of its user's that may not write around it, but as one of all",
  ignore: Deno.build.os === "windows",
  fn() {
    const dir = makeTempDir();
    const before = Deno.umask(0o022);
    const { lstatSync } = Deno;
    try {
      // As one that is made where the folder around has another group, and no setgid.
      Deno.lstatSync = (path) => ({ ...lstatSync(path), gid: Deno.statSync(dir).gid! + 1 });
      const modes = [0o775, 0o777].map((mode) => {
        Deno.chmodSync(dir, mode);
        makeShared(`${dir}/.myx`);
        const made = Deno.statSync(`${dir}/.myx`).mode! & 0o777;
        Deno.removeSync(`${dir}/.myx`);
        return made;
      });
      assertEquals(modes, [0o755, 0o777]);
    } finally {
      Deno.lstatSync = lstatSync;
      Deno.umask(before);
      Deno.removeSync(dir, { recursive: true });
    }
  },
});
