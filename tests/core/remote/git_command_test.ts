import { assertRejects } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { git } from "../../../core/remote/git_command.ts";
import { LIMITS } from "../../../core/remote/limits.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("git() is stopped where nobody can see how large its folder grows", async () => {
  const options = { url: "git+file:///a", growing: makeTempDir(), limits: LIMITS };
  const { readDirSync } = Deno;
  Deno.readDirSync = () => {
    throw new Error("Input/output error (os error 5)");
  };
  try {
    await assertRejects(
      () => git(["-c", "alias.wait=!sleep 1", "wait"], options),
      MyxError,
      "Cannot fetch git+file:///a: git was stopped: its folder cannot be looked at: Input/output error (os error 5)",
    );
  } finally {
    Deno.readDirSync = readDirSync;
  }
});
