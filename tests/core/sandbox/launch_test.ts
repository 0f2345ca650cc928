import { assertRejects, assertThrows } from "@std/assert";
import { UsageError } from "../../../core/contract/errors.ts";
import { launch, requireWall } from "../../../core/sandbox/launch.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { poolOf } from "./pool_of.ts";

Deno.test({
  name: "launch() starts no child without the tools around it because no process is left to ask for them",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const { Command } = Deno;
    let fault = "";
    Deno.Command = class extends Command {
      override outputSync(): Deno.CommandOutput {
        throw new Error(fault);
      }
      override spawn(): Deno.ChildProcess {
        throw new Error("It was started");
      }
    };
    try {
      const dir = makeTempDir();
      const start = () => launch({ read: [dir], write: `${dir}x`, net: [], env: [], memoryMb: 100 }, { fileMb: 1 });
      for (const [words, why] of [["EAGAIN", 11], ["EMFILE", 24]] as const) {
        fault = `Failed to spawn 'setpriv': ${words} (os error ${why})`;
        for (const call of [start, () => requireWall("bwrap")]) assertThrows(call, Error, fault);
      }
      fault = "Failed to spawn 'setpriv': No such file or directory (os error 2)";
      assertThrows(start, Error, "It was started");
      assertThrows(() => requireWall("bwrap"), UsageError, '"bwrap" does not run here');
    } finally {
      Deno.Command = Command;
    }
  },
});

Deno.test({
  name:
    "a call says that there is no deno on the PATH, as under cron, or an old one, and that it finds no room for its threads",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const bin = makeTempDir();
    for (const tool of ["setpriv", "prlimit", "true"]) Deno.symlinkSync(`/usr/bin/${tool}`, `${bin}/${tool}`);
    const { Command } = Deno;
    // The environment itself is shared with tests that run at the same time.
    Deno.Command = class extends Command {
      constructor(program: string | URL, options: Deno.CommandOptions = {}) {
        super(program, { ...options, env: { ...options.env, PATH: bin } });
      }
    };
    try {
      await using pool = poolOf("", 1);
      await assertRejects(() => pool.run(), UsageError, 'there is no "deno" on the PATH');
      const says = (words: string) =>
        Deno.writeTextFileSync(`${bin}/deno`, `#!/bin/sh\necho "${words}" >&2\nexit 1\n`, { mode: 0o755 });
      says("error: unexpected argument '--ignore-env' found\n\nUsage: deno run");
      await using old = poolOf("", 1);
      await assertRejects(() => old.run(), UsageError, 'the "deno" on the PATH is too old: unexpected argument');
      // Its words where not even its first threads can be had, and then, for its developers, how it was called.
      says("Deno could not start: unable to create worker threads.\n\nVersion: 2.9.6\nArgs: []");
      await using next = poolOf("", 1);
      await assertRejects(() => next.run(), Error, "could not start: no more processes and threads may run here");
    } finally {
      Deno.Command = Command;
    }
  },
});
