/** The kernel that counts bytes equals a plain loop. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { bytes as bytesAt, ints, mark, rewind, take } from "../../../core/kernels/arena.ts";
import { kernels } from "../../../core/kernels/kernels.ts";
import { checkEncoding } from "../../../core/raw/encoding.ts";

/** In the order of the kernel. */
function slowCounts(bytes: Uint8Array): number[] {
  const text = String.fromCharCode(...bytes);
  const pairs = Array.from({ length: bytes.length >> 1 }, (_, i) => [bytes[2 * i]!, bytes[2 * i + 1]!] as const);
  const count = (pattern: RegExp) => [...text.matchAll(pattern)].length;
  return [
    pairs.filter(([a, b]) => a !== 0 && b === 0).length,
    pairs.filter(([a, b]) => a === 0 && b !== 0).length,
    // deno-lint-ignore no-control-regex
    count(/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/g),
    // deno-lint-ignore no-control-regex
    count(/[^\x00]/g),
    count(/\r(?=[^]*[^\0\t\n\r ])/g),
    count(/\n/g),
  ];
}

Deno.test("countBytes() counts pairs with NUL, control bytes, and line ends", () => {
  const byte = fc.oneof(fc.constantFrom(0, 9, 10, 13, 32, 65, 127), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 100 }), (values) => {
      const bytes = Uint8Array.from(values);
      const before = mark();
      const [at, out] = [take(bytes.length), take(24)];
      bytesAt(at, bytes.length).set(bytes);
      kernels().countBytes(at, bytes.length, out);
      const found = [...ints(out, 6)];
      rewind(before);
      assertEquals(found, slowCounts(bytes));
    }),
    { numRuns: 500 },
  );
});

Deno.test("checkEncoding() leaves the kernels' memory as it is", () => {
  const before = mark();
  checkEncoding("a.csv", { bytes: new TextEncoder().encode("2026-01-20T00:00:00Z;m0:1\n"), whole: true, bom: false });
  assertEquals(mark(), before);
});
