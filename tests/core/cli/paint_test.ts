import { assertEquals } from "@std/assert";
import { isDrawable, paint } from "../../../core/cli/paint.ts";

Deno.test("isDrawable() takes no terminal for one to draw on that calls itself dumb, and paint() leaves it plain", () => {
  const [isTerminal, kind] = [Deno.stderr.isTerminal, Deno.env.get("TERM")];
  Deno.stderr.isTerminal = () => true;
  try {
    Deno.env.set("TERM", "xterm");
    assertEquals(isDrawable(), true);
    Deno.env.set("TERM", "dumb");
    assertEquals([isDrawable(), paint("red", "x")], [false, "x"]);
  } finally {
    Deno.stderr.isTerminal = isTerminal;
    if (kind === undefined) Deno.env.delete("TERM");
    else Deno.env.set("TERM", kind);
  }
});
