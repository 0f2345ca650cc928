import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { hashAhead, sha256 } from "../../../core/data/sha256.ts";
import { canonicalJson, hashFile, readCode } from "../../../core/engine/hash.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("readCode() hashes names and bytes in their order, of small code and of large", () => {
  for (const size of [10, 700_000]) {
    const dir = makeTempDir();
    Deno.mkdirSync(`${dir}/b`);
    const hash = createHash("sha256");
    for (const [i, name] of ["a.ts", "b/c.ts", "b/d.bin", "e.ts"].entries()) {
      const bytes = new Uint8Array(size + i).fill(65 + i);
      Deno.writeFileSync(`${dir}/${name}`, bytes);
      hash.update(`${name}\0${bytes.length}\0`).update(bytes);
    }
    const digest = readCode(dir);
    // What changes from now on is not what ran.
    Deno.writeTextFileSync(`${dir}/a.ts`, "other");
    const expected = hash.digest("hex");
    assertEquals([digest(), digest()], [expected, expected]);
  }
});

Deno.test("a text that was hashed ahead has the hash that it has", async () => {
  const texts = ["", '{"a":1}', "é\u{1f9aa}"];
  await hashAhead(texts);
  for (const text of texts) assertEquals(sha256(text), createHash("sha256").update(text).digest("hex"));
});

Deno.test("hashFile() hashes as many bytes as it is told to, of a file that has grown meanwhile, too", () => {
  const path = `${makeTempDir()}/a`;
  Deno.writeTextFileSync(path, "abcde");
  let read = "";
  const hash = hashFile(path, 3, (chunk) => read += new TextDecoder().decode(chunk));
  assertEquals([hash, read], [createHash("sha256").update("abc").digest("hex"), "abc"]);
});

Deno.test("canonicalJson() gives equal values equal text, whatever the order of their keys", () => {
  const [text, turned] = [{ a: [{ c: 1, d: null }], B: 2 }, { B: 2, a: [{ d: null, c: 1 }] }].map(canonicalJson);
  assertEquals([text, turned], ['{"B":2,"a":[{"c":1,"d":null}]}', text]);
});
