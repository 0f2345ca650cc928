import { parseDuration, SECOND_US } from "../data/time.ts";
import { describeValue, problem, type Where, within } from "./problems.ts";
import { textsOf } from "./walk.ts";

const NOW = /^\{NOW(?:([+-])([^{}]+))?\}$/;
const RULE = '"{NOW}", or it and a duration, such as "{NOW-1d}" or "{NOW+2h}" (s, min, h or d)';

/** Checks where and how param `name` uses `{NOW}`: in `from` and `to` only, because results must not depend on time. */
export function checkNow(name: string, value: unknown, where: Where): string[] {
  return textsOf(value).filter(([, text]) => text.includes("{NOW")).flatMap(([path, text]) => {
    const place = within(where, ...path);
    if (name !== "from" && name !== "to") {
      return [problem(place, describeValue(text), "a value without {NOW}, which only the params from and to may use")];
    }
    try {
      resolveNow(text, Temporal.Now.instant());
      return [];
    } catch {
      return [problem(place, describeValue(text), RULE)];
    }
  });
}

/**
 * Replaces `{NOW}`, `{NOW-1d}` by a stamp in UTC, to the microsecond; other text stays as it is.
 *
 * @throws {RangeError | TypeError} If the duration cannot be read or leads beyond years of four digits.
 */
export function resolveNow(text: string, now: Temporal.Instant): string {
  if (!text.includes("{NOW")) return text;
  const match = NOW.exec(text);
  if (!match) throw new TypeError(`Cannot read "${text}": expected ${RULE}`);
  const [, sign, duration] = match;
  const micros = duration === undefined ? 0 : Math.round(parseDuration(duration) * SECOND_US);
  const instant = now.add({ microseconds: sign === "-" ? -micros : micros });
  const stamp = instant.toString({ smallestUnit: "microsecond" });
  if (!/^\d{4}-/.test(stamp)) throw new RangeError(`Cannot use "${text}": ${stamp} is no stamp of a four-digit year`);
  return stamp;
}
