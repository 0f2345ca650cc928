import { didYouMean } from "../contract/suggest.ts";
import type { ParamSpec, Treatment } from "../contract/treatment.ts";

/**
 * Warnings about domains that the params of a step name and none of its files has: a slip there has no other effect than
 * that nothing happens. What stands in a param's default is not warned about, as nobody wrote it. `present` are the
 * domains of the step's files; where there are none, nothing is known and nothing is said.
 */
export function unknownDomains(
  treatment: Pick<Treatment, "params">,
  params: Readonly<Record<string, unknown>>,
  present: ReadonlySet<string>,
): string[] {
  if (present.size === 0) return [];
  return Object.entries(treatment.params).flatMap(([name, spec]) =>
    namedDomains(name, spec, params[name])
      .filter(([, domain]) => !present.has(domain))
      .map(([place, domain]) =>
        `param ${place} names the domain "${domain}", which no file of the step has${didYouMean(domain, present)}`
      )
  );
}

/** The domains that a value names, each with its place as people write it: `transforms[0].target.domain`. */
function namedDomains(place: string, spec: ParamSpec, value: unknown): [string, string][] {
  if (typeof value === "string") return spec.names === "domain" && value !== spec.default ? [[place, value]] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) {
    return spec.items ? value.flatMap((item, i) => namedDomains(`${place}[${i}]`, spec.items!, item)) : [];
  }
  const { properties = {}, items } = spec;
  const given = spec.keys === "domain" ? Object.keys(value).filter((key) => !isKeyOf(spec.default, key)) : [];
  const inner = Object.entries(value).flatMap(([key, item]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : items;
    return known ? namedDomains(`${place}.${key}`, known, item) : [];
  });
  return [...given.map((key): [string, string] => [place, key]), ...inner];
}

function isKeyOf(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}
