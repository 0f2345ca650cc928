import { assert, assertEquals, assertThrows } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { redact, secretsOf, withSecrets } from "../../../core/contract/secrets.ts";
import type { ParamSpec } from "../../../core/contract/treatment.ts";

const env = (name: string) => ({ USER: "ann", PASSWORD: "hunter2", EMPTY: "" })[name];

Deno.test("withSecrets() puts values in at any depth and leaves the given params as they are", () => {
  const params = { url: "{env:USER}:{env:PASSWORD}@db", list: [{ a: "{env:EMPTY}" }], n: 1, b: null, text: "{env}" };
  const before = structuredClone(params);
  assertEquals(withSecrets(params, env), { url: "ann:hunter2@db", list: [{ a: "" }], n: 1, b: null, text: "{env}" });
  assertEquals(params, before);
});

Deno.test("withSecrets() does not look for placeholders inside a secret", () => {
  assertEquals(withSecrets({ a: "{env:A}" }, () => "{env:B}$&"), { a: "{env:B}$&" });
});

Deno.test("withSecrets() names every variable that is missing and what to do", () => {
  const error = assertThrows(() => withSecrets({ a: "{env:ONE}", b: ["{env:TWO}{env:USER}"] }, env), MyxError);
  assert(error instanceof MyxError);
  assertEquals(error.message, 'Cannot find in the environment: ONE (for param "a"), TWO (for param "b")');
  assertEquals(error.fix, "Set it before the command: export ONE=...\nSet it before the command: export TWO=...");
});

Deno.test("redact() hides secrets given literally, at any depth, and nothing else", () => {
  const secret: ParamSpec = { type: "string", secret: true };
  const params: Record<string, ParamSpec> = {
    password: secret,
    keys: { type: "array", items: secret },
    hosts: { type: "object", items: { type: "object", properties: { password: secret, port: { type: "integer" } } } },
    pair: { type: "object", secret: true },
    text: { type: "string" },
  };
  const shown = redact({ params }, {
    password: "hunter2",
    keys: ["hunter2", "{env:KEY}", "{env:KEY}2"],
    hosts: { a: { password: "hunter2", port: 1 }, b: { password: null } },
    pair: { a: 1 },
    text: "hello",
  });
  assertEquals(shown, {
    password: "***",
    keys: ["***", "{env:KEY}", "***"],
    hosts: { a: { password: "***", port: 1 }, b: { password: null } },
    pair: "***",
    text: "hello",
  });
});

Deno.test("secretsOf() lists values of variables and what is given for secret params, at any depth", () => {
  const secret: ParamSpec = { type: "string", secret: true };
  const params: Record<string, ParamSpec> = {
    password: secret,
    hosts: { type: "object", items: { type: "object", properties: { pin: { type: "integer", secret: true } } } },
    pair: { type: "object", secret: true },
    key: secret,
    text: { type: "string" },
  };
  const given = {
    password: "{env:PASSWORD}",
    hosts: { a: { pin: 123456, user: "bob" } },
    pair: { a: ["one", null, true] },
    key: "{env:PASSWORD}-{env:NONE}",
    text: "of {env:USER}",
  };
  assertEquals(secretsOf({ params }, given, env), ["hunter2", "ann", "123456", "one", "hunter2-"]);
});
