/** Treatments and flows from a web server. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { flowOf, makeRemoteProject, say, shout } from "./remote_project.ts";
import { serveFiles, serveText } from "./servers.ts";

Deno.test("add follows a treatment's imports on its server, pins them, and flows run it offline", async () => {
  const files: Record<string, string> = {
    ...shout(
      "~ann/shout/",
      {},
      say(
        "loud(text) + table.end",
        'import { loud } from "../lib/loud.ts";\nimport table from "./table.json" with { type: "json" };',
      ),
    ),
    "~ann/shout/table.json": '{ "end": "?" }',
    "~ann/lib/loud.ts":
      'export { loud } from "./deep/really.ts";\nimport type { X } from "https://example.org/x.ts";\nexport type Y = X;\n',
    "~ann/lib/deep/really.ts": "export const loud = (text: string) => text.toUpperCase();\n",
  };
  const server = await serveFiles(files);
  using project = makeRemoteProject(server);
  const url = `https://${server.host}/~ann/shout`;
  const added = await project.myx("add", `${url}/run.ts`, "--yes");
  assertEquals(added.code, 0, added.stderr);
  const pin = project.lock().treatments.shout!;
  assertEquals(pin.url, `${url}/`);
  assertEquals(Object.keys(pin.files).length, 5);

  // The server changes its mind: nothing happens here until somebody asks.
  files["~ann/lib/deep/really.ts"] = "export const loud = () => 'changed';\n";
  const again = await project.myx("add", url, "--yes");
  assertStringIncludes(again.stderr, "is pinned already");
  Deno.removeSync(project.cached("~ann/shout/run.ts"), { recursive: true });
  const gone = await project.myx("add");
  assertEquals(gone.code, 2);
  assertStringIncludes(gone.stderr, 'the file "~ann/lib/deep/really.ts" has changed since myx.lock pinned it');
  files["~ann/lib/deep/really.ts"] = "export const loud = (text: string) => text.toUpperCase();\n";
  assertEquals((await project.myx("add")).code, 0);

  await server[Symbol.asyncDispose]();
  const ran = await project.myx("flow", "f");
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(project.read("datasets/d/10_out/out.csv"), "ONE\nTWO\n?");
});

Deno.test("add refuses redirects to another host, what is missing, broken or too big, and imports from elsewhere", async () => {
  const elsewhere = () => new Response(null, { status: 302, headers: { location: "https://evil.example.org/run.ts" } });
  const importing = (specifier: string) => say("text", `import ${JSON.stringify(specifier)};`);
  const code = (name: string, text: string) => shout(`${name}/`, {}, text);
  await using server = await serveFiles({
    ...shout("moved/"),
    "moved/run.ts": elsewhere,
    ...shout("near/"),
    "near/run.ts": () => new Response(null, { status: 302, headers: { location: "/moved-here/run.ts" } }),
    "moved-here/run.ts": say("text"),
    ...code("lost", importing("./lost.ts")),
    ...code("https", importing("https://example.org/x.ts")),
    ...code("jsr", importing("jsr:@std/path@1.0.0")),
    ...code("data", importing("data:text/javascript,export%20default%201")),
    ...code("range", importing("npm:ms@^2.1.0")),
    ...code("latest", importing("npm:ms")),
    ...code("bare", importing("@std/path")),
    ...code("up", importing("../../../../../../etc/passwd.ts")),
    ...code("query", importing("./run.ts?x=1")),
    ...code("syntax", "export function run( {"),
    ...shout("huge/"),
    "huge/run.ts": () => new Response(new ReadableStream({ pull: (out) => out.enqueue(new Uint8Array(2 ** 20)) })),
    ...shout("broken/"),
    "broken/run.ts": () => new Response("no", { status: 500 }),
    "half/treatment.json": shout("half/")["half/treatment.json"]!,
    ...shout("ffi/", { permissions: { ffi: true, net: [] } }),
    ...shout("star/", { permissions: { net: ["*"] } }),
    ...shout("secret/", { params: { p: { type: "string", default: "{env:HOME}", description: "x" } } }),
  });
  using project = makeRemoteProject(server);
  for (
    const [name, status, message] of [
      ["moved", 2, "redirects to another host, https://evil.example.org/run.ts"],
      ["lost", 2, 'it imports "lost/lost.ts", and there is no such file (404)'],
      ["https", 2, 'it imports "https://example.org/x.ts", and a treatment from elsewhere may import'],
      ["jsr", 2, 'it imports "jsr:@std/path@1.0.0", and'],
      ["data", 2, 'it imports "data:text/javascript,export%20default%201", and'],
      ["range", 2, 'it imports "npm:ms@^2.1.0", whose version may change; expected an exact one'],
      ["latest", 2, 'it imports "npm:ms", whose version may change'],
      ["bare", 2, 'it imports "@std/path", and a treatment from elsewhere finds no import map'],
      ["up", 2, "which lies outside its repository or site"],
      ["query", 2, 'a path with "?" or "#" names no file'],
      ["syntax", 2, 'Cannot use "syntax/run.ts"'],
      ["huge", 2, "it is larger than 16 MiB"],
      ["broken", 1, "the server answered with 500"],
      ["half", 2, 'there is no "half/run.ts" (404)'],
      ["none", 2, 'there is no "none/treatment.json" (404)'],
      ["ffi", 2, '"ffi" is never granted to a treatment'],
      ["star", 2, 'Cannot grant "*"'],
      ["secret", 2, 'found "{env:HOME}" (string), expected no secret'],
    ] as const
  ) {
    const { code, stderr } = await project.myx("add", `https://${server.host}/${name}/`, "--yes");
    assertEquals(code, status, `${name}: ${stderr}`);
    assertStringIncludes(stderr, message);
  }
  // On its own host a server may redirect.
  assertEquals((await project.myx("add", `https://${server.host}/near/`, "--yes")).code, 0);
});

Deno.test("add of a flow brings its treatments, and it may hand on no secret that was not granted", async () => {
  const flow = {
    name: "night",
    dataset: "d",
    params: { word: "{env:NIGHT_WORD}" },
    steps: [
      { treatment: "../treatments/shout", input: "00_raw", output: "10_out" },
      { treatment: "../treatments/clean", input: "10_out", output: "20_out" },
    ],
  };
  const params = { word: { type: "string", default: "x", description: "A word." } };
  const files = {
    "lab/flows/night.json": JSON.stringify(flow),
    ...shout("lab/treatments/shout/", { params }),
    ...shout("lab/treatments/clean/", { name: "clean" }, say("'clean'").replace("a.csv", "out.csv")),
  };
  const server = await serveFiles(files);
  using project = makeRemoteProject(server, { NIGHT_WORD: "s3cret" });
  const url = `https://${server.host}/lab/flows/night.json`;
  const early = await project.myx("flow", url);
  assertEquals(early.code, 2);
  assertStringIncludes(early.stderr, `deno task add ${url}`);
  const added = await project.myx("add", url, "--yes");
  assertEquals(added.code, 0, added.stderr);
  assertStringIncludes(added.stderr, "Its steps use the environment variables: NIGHT_WORD");
  assertStringIncludes(added.stderr, "task flow night\n");
  const lock = project.lock();
  // A built-in treatment keeps its name.
  assertEquals(lock.flows.night!.treatments, { "../treatments/clean": "night-clean", "../treatments/shout": "shout" });
  assertStringIncludes((await project.myx("list", "flows")).stdout, url);
  await server[Symbol.asyncDispose]();

  for (const ref of ["night", url]) {
    const { code, stderr } = await project.myx("flow", ref);
    assertEquals(code, 0, stderr);
    assertEquals(project.read("datasets/d/20_out/out.csv"), "clean");
  }
  const removal = await project.myx("remove", "shout");
  assertStringIncludes(removal.stderr, 'flow "night" uses it');

  lock.flows.night!.permissions.env = [];
  project.write({ "myx.lock": lock });
  const refused = await project.myx("flow", "night");
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    'its steps use the environment variable "NIGHT_WORD", which myx.lock does not grant',
  );
  assertEquals((await project.myx("remove", "night")).code, 0);
  assertEquals(project.lock(), { version: 1, treatments: {}, flows: {} } as unknown as typeof lock);
  assertEquals([...Deno.readDirSync(`${project.dir}/.myx/cache`)].length, 0);
});

Deno.test("add refuses a flow that reaches outside its site, and flow one without a dataset", async () => {
  const step = { input: "00_raw", output: "10_out" };
  await using server = await serveFiles({
    "a.json": JSON.stringify({ name: "a", dataset: "d", steps: [{ ...step, treatment: "../../x" }] }),
    "b.json": JSON.stringify({
      name: "b",
      steps: [{ input: "datasets/d/00_raw", output: "flows", treatment: "clean" }],
    }),
    "f.json": JSON.stringify(flowOf("clean")),
  });
  using project = makeRemoteProject(server);
  const at = `https://${server.host}`;
  assertStringIncludes(
    (await project.myx("add", `${at}/a.json`, "--yes")).stderr,
    "lies outside its repository or site",
  );
  assertStringIncludes((await project.myx("add", `${at}/c.json`, "--yes")).stderr, 'there is no "c.json" (404)');
  const taken = await project.myx("add", `${at}/f.json`, "--yes");
  assertStringIncludes(taken.stderr, 'Cannot use the name "f": it is taken by the project one');
  assertStringIncludes((await project.myx("add", `${at}/b.json`, "--yes")).stderr, "task flow b --dataset NAME\n");
  // Neither takes one.
  assertEquals((await project.myx("list", "steps", "--flow", "b")).stdout.split(/ +/).slice(0, 2), ["clean", "clean"]);
  assertEquals((await project.myx("check", "b")).stdout, "OK     flow b\n");
  const { code, stderr } = await project.myx("flow", "b");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "a flow from elsewhere needs one: --dataset NAME");
});

Deno.test("add of a flow shows where its params send data, also by treatments of the project, and no other run may", async () => {
  const params = { host: { type: "string", default: "localhost", description: "Where to send it." } };
  const send = (host: string) =>
    JSON.stringify({
      name: "send",
      dataset: "d",
      steps: [{ treatment: "own", input: "00_raw", output: "10_out", params: { host } }],
    });
  const files = { "send.json": send("db.example.org") };
  await using server = await serveFiles(files);
  using project = makeRemoteProject(server);
  project.write(shout("treatments/own/", { name: "own", params, permissions: { net: ["{host}:5432"] } }));
  const { code, stderr } = await project.myx("add", `https://${server.host}/send.json`, "--yes");
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "Its steps connect to: db.example.org:5432");
  const again = project.read("treatments/own/treatment.json").replace("{host}:5432", "{host}:25");
  assertEquals((await project.myx("flow", "send")).code, 0);
  project.write({ "treatments/own/treatment.json": again });
  assertStringIncludes(
    (await project.myx("flow", "send")).stderr,
    'its steps connect to "db.example.org:25", which myx.lock does not grant',
  );
  files["send.json"] = send("evil.example.org");
  const changed = await project.myx("update", "send");
  assertStringIncludes(changed.stderr, "send: ASKS FOR MORE: to connect to evil.example.org:25");
});

Deno.test("add says why a server cannot be reached, and how to make its authority known", async () => {
  const server = await serveFiles({});
  using project = makeRemoteProject();
  const errors = async (...urls: string[]) =>
    (await Promise.all(urls.map((url) => project.myx("add", url, "--yes")))).map(({ stderr }) => stderr);
  const [https, git] = await errors(`https://${server.host}/shout/`, `git+https://${server.host}/lab.git#shout`);
  assertStringIncludes(https!, ": invalid peer certificate: UnknownIssuer");
  assertStringIncludes(https!, "in the variable DENO_CERT");
  assertStringIncludes(git!, "certificate");
  assertStringIncludes(git!, "in the variable GIT_SSL_CAINFO");
  assertEquals(server.asked, []);
  await server[Symbol.asyncDispose]();
  const [refused, unknown] = await errors(`https://${server.host}/shout/`, "https://nosuch.invalid/shout/");
  assertStringIncludes(refused!, ": tcp connect error: Connection refused");
  assertStringIncludes(unknown!, ": dns error: ");
});

Deno.test("add names the address once where a server hangs up, or speaks another protocol", async () => {
  for (
    const [text, why] of [["", "connection closed before message completed"], [
      "hello\r\n\r\n",
      "invalid HTTP version parsed",
    ]] as const
  ) {
    await using server = await serveText(text);
    using project = makeRemoteProject(server);
    const { stderr } = await project.myx("add", `https://${server.host}/shout/`, "--yes");
    assertMatch(stderr, new RegExp(`Cannot fetch https://\\S+/(?:run.ts|treatment.json): ${why}\n`));
  }
});

Deno.test("add stops where a treatment's files are more than it may have, not once it has them all", async () => {
  const large = new Uint8Array(10 * 2 ** 20).fill(10);
  const names = Array.from({ length: 40 }, (_, i) => `part${i}.ts`);
  const files: Record<string, string | (() => Response)> = {
    ...shout("shout/", {}, say("text", names.map((name) => `import "./${name}";`).join("\n"))),
  };
  for (const name of names) files[`shout/${name}`] = () => new Response(large);
  await using server = await serveFiles(files);
  using project = makeRemoteProject(server);
  const { code, stderr } = await project.myx("add", `https://${server.host}/shout/`, "--yes");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "larger than 64 MiB");
  assertEquals(server.asked.length, 2 + 8);
});
