import { assertEquals, assertThrows } from "@std/assert";
import { readConnection } from "../../../core/postgres/read_connection.ts";

const PARAMS = { host: "db", port: 5432, user: "lab", sslmode: "prefer", password_env: "MYX_TEST_PASSWORD" } as const;

function withVariables(values: Readonly<Record<string, string>>, body: () => void): void {
  const names = ["MYX_TEST_PASSWORD", "PGPASSWORD"];
  const before = names.map((name) => Deno.env.get(name));
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  names.forEach((name) => set(name, values[name]));
  try {
    body();
  } finally {
    names.forEach((name, i) => set(name, before[i]));
  }
}

Deno.test("readConnection() takes the password itself, then that of its variable, then PGPASSWORD", () => {
  const password = (given: string | null = null) => readConnection({ ...PARAMS, password: given }, undefined).password;
  withVariables({ MYX_TEST_PASSWORD: "second", PGPASSWORD: "third" }, () => {
    assertEquals([password("first"), password()], ["first", "second"]);
  });
  withVariables({ PGPASSWORD: "third" }, () => assertEquals(password(), "third"));
  withVariables({}, () => assertEquals(password(), undefined));
});

Deno.test("readConnection() names the database as the user, and refuses a server without one", () => {
  assertEquals(readConnection(PARAMS, undefined).dbname, "lab");
  assertEquals(readConnection({ ...PARAMS, dbname: "data" }, undefined).dbname, "data");
  assertThrows(
    () => readConnection({ ...PARAMS, user: null }, undefined),
    TypeError,
    "set user or the variable PGUSER",
  );
  const { dbname, user } = readConnection({ ...PARAMS, host: "embedded", dbname: "data", user: "lab" }, "/state");
  assertEquals([dbname, user], ["postgres", "postgres"]);
});
