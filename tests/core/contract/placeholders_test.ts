import { assertEquals, assertThrows } from "@std/assert";
import { expandHalo, expandPermissions } from "../../../core/contract/placeholders.ts";
import type { Halo, ParamSpec, Permissions } from "../../../core/contract/treatment.ts";
import { problemsOf } from "./temp_project.ts";

function treatment(asks: { halo?: Halo; permissions?: Permissions }) {
  const params: Record<string, ParamSpec> = {};
  return { name: "t", partition: ["source", "domain", "day"] as const, params, permissions: {}, ...asks };
}

Deno.test("expandHalo() looks values up in params, by domain, and adds seconds", () => {
  const params = {
    window: 10,
    freq: "5min",
    fill: 2.5,
    off: null,
    text: "many",
    domains: { bio: { window: 4 }, air: { window: null }, "a.b": { window: 1 } },
  };
  const cases: [Halo, string | undefined, unknown][] = [
    [{ rows: 3 }, "bio", { rows: 3 }],
    [{ rows: "{window}" }, "bio", { rows: 10 }],
    [{ rows: "{fill}" }, "bio", { rows: 3 }],
    [{ rows: "{off}" }, "bio", { rows: 0 }],
    [{ rows: "{domains.[domain].window}" }, "bio", { rows: 4 }],
    [{ rows: "{domains.[domain].window}" }, "air", { rows: 0 }],
    [{ rows: "{domains.[domain].window}" }, "other", { rows: 0 }],
    [{ rows: "{domains.[domain].window}" }, "constructor", { rows: 0 }],
    [{ rows: "{domains.[domain].window}" }, undefined, { rows: 0 }],
    [{ rows: "{domains.bio.window}" }, "air", { rows: 4 }],
    [{ seconds: ["{fill}", "{freq}"] }, undefined, { seconds: 302.5 }],
    [{ seconds: ["{off}", 1] }, undefined, { seconds: 1 }],
    [{ seconds: [] }, undefined, { seconds: 0 }],
  ];
  for (const [halo, domain, expected] of cases) {
    assertEquals(expandHalo(treatment({ halo }), params, domain), expected, JSON.stringify([halo, domain]));
  }
  assertEquals(expandHalo(treatment({}), params, "bio"), undefined);
  const refused = (halo: Halo) => problemsOf(undefined, () => expandHalo(treatment({ halo }), params));
  assertEquals(refused({ seconds: ["{text}"] }), [
    'Cannot tell the halo of treatment "t": found "many" (string) for {text}, expected seconds, or a duration such as "10s"',
  ]);
  assertEquals(refused({ rows: "{freq}" }), [
    'Cannot tell the halo of treatment "t": found "5min" (string) for {freq}, expected a number of rows',
  ]);
});

Deno.test("expandPermissions() puts params in and grants nothing for those that are not set", () => {
  const params = { host: "db.example.org", port: 5432, six: "[::1]", password_env: "PGPASSWORD", off: null, none: "" };
  const permissions: Permissions = {
    net: ["{host}:{port}", "{six}:{port}", "{off}:{port}", "{host}", "fixed.org:443"],
    env: ["{password_env}", "{none}", "{missing}", "TZ"],
    memory_mb: 64,
    time_s: 10,
  };
  assertEquals(expandPermissions(treatment({ permissions }), params), {
    net: ["db.example.org:5432", "[::1]:5432", "db.example.org", "fixed.org:443"],
    env: ["PGPASSWORD", "TZ"],
    sockets: [],
    memory_mb: 64,
    time_s: 10,
  });
  assertEquals(expandPermissions(treatment({}), params), { net: [], env: [], sockets: [] });
});

Deno.test("expandPermissions() writes an address of IPv6 in brackets, whether or not it came in them", () => {
  const asking = treatment({ permissions: { net: ["{host}:{port}", "{host}"] } });
  for (const host of ["::1", "[::1]"]) {
    assertEquals(expandPermissions(asking, { host, port: 5432 }).net, ["[::1]:5432", "[::1]"]);
  }
  for (const host of ["::1,", "::1]", "::x", "::1:5432:", "fe80::1%eth0"]) {
    assertThrows(() => expandPermissions(asking, { host, port: 5432 }), Error, 'such as "db.example.org"');
  }
});

Deno.test("expandPermissions() gives a folder in the place of a host its socket, and no address to a database inside", () => {
  const asking = treatment({ permissions: { net: ["{host}:{port}", "example.org:443"] } });
  const grantsFor = (host: string) => {
    const { net, sockets } = expandPermissions(asking, { host, port: 5433 });
    return { net, sockets };
  };
  assertEquals(grantsFor("/var/run/postgresql"), {
    net: ["example.org:443"],
    sockets: ["/var/run/postgresql/.s.PGSQL.5433"],
  });
  assertEquals(grantsFor("embedded"), { net: ["example.org:443"], sockets: [] });
  assertEquals(grantsFor("db"), { net: ["db:5433", "example.org:443"], sockets: [] });
  for (const host of ["/a,/etc", "/a:1", "embedded,db"]) {
    assertEquals(problemsOf(undefined, () => expandPermissions(asking, { host, port: 5433 })).length, 1, host);
  }
});

Deno.test("expandPermissions() refuses params that would widen a grant", () => {
  const permissions = { net: ["{x}:1"], env: ["{y}"] };
  const cases: [Record<string, unknown>, string][] = [
    [{ x: "a.org,b.org" }, 'Cannot grant "{x}:1" to treatment "t": found "a.org,b.org:1" (string), expected a host'],
    [{ x: "*" }, 'Cannot grant "{x}:1" to treatment "t": found "*:1" (string), expected a host'],
    [{ x: "a b" }, 'Cannot grant "{x}:1" to treatment "t": found "a b:1" (string), expected a host'],
    [
      { x: "https://a.org" },
      'Cannot grant "{x}:1" to treatment "t": found "https://a.org:1" (string), expected a host',
    ],
    [{ x: ["a.org"] }, 'Cannot grant "{x}:1" to treatment "t": found "[\\"a.org\\"]:1" (string), expected a host'],
    [{ y: "AWS_*" }, 'Cannot grant "{y}" to treatment "t": found "AWS_*" (string), expected the name'],
    [{ y: "A,B" }, 'Cannot grant "{y}" to treatment "t": found "A,B" (string), expected the name'],
    [{ y: "A\n" }, 'Cannot grant "{y}" to treatment "t": found "A\\n" (string), expected the name'],
  ];
  for (const [params, expected] of cases) {
    const [line] = problemsOf(undefined, () => expandPermissions(treatment({ permissions }), params));
    assertEquals(line!.slice(0, expected.length), expected);
  }
});
