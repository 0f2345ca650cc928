import { assertEquals } from "@std/assert";
import { dayStart } from "myx";
import { clipBounds } from "../../../core/engine/clip.ts";

Deno.test("clipBounds() counts a local bound as cutting wherever its zone may put it", () => {
  const span = { first: dayStart("2026-01-20"), last: dayStart("2026-01-22") - 1 };
  assertEquals(clipBounds({ from: "2026-01-19T23:00:00" }, span), { from: "2026-01-19T23:00:00" });
  assertEquals(clipBounds({ from: "2026-01-19T23:00:00Z" }, span), {});
  assertEquals(clipBounds({ from: "2026-01-19T23:00:00-05:00" }, span), { from: "2026-01-19T23:00:00-05:00" });
  assertEquals(clipBounds({ to: "2026-01-10" }, span), { to: "outside" });
  assertEquals(clipBounds({ from: "2026-01-19", to: "2026-01-22" }, span), {});
  const beside = { from: "2026-01-22T12:00:00", to: "2026-01-22T12:00:00" };
  assertEquals(clipBounds(beside, span), beside);
  assertEquals(clipBounds({ to: "2026-01-19T12:00:00" }, span), { to: "2026-01-19T12:00:00" });
});

Deno.test("clipBounds() counts a stamp that says its offset as cutting where it takes a row away", () => {
  const span = { first: dayStart("2026-01-20"), last: dayStart("2026-01-21") - 1 };
  const clip = (from: string, to: string) => clipBounds({ from, to }, span);
  assertEquals(clip("2026-01-20T00:00:00Z", "2026-01-20T23:59:59.999999Z"), {});
  const [from, to] = ["2026-01-20T00:00:00.000001Z", "2026-01-20T23:59:59.999998Z"];
  assertEquals(clip(from, to), { from, to });
  assertEquals(clip("2026-01-20T23:59:59.999999Z", "2026-01-20T00:00:00Z"), {
    from: "2026-01-20T23:59:59.999999Z",
    to: "2026-01-20T00:00:00Z",
  });
  assertEquals(clip("2026-01-21T00:00:00Z", "2026-01-19T23:59:59.999999Z"), { from: "outside", to: "outside" });
  assertEquals(clip("", ""), {});
});
