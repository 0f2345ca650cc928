import { dirname, join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import type { Lock, PinnedFlow, PinnedTreatment } from "../contract/lock_file.ts";
import type { Flow } from "../contract/flow.ts";
import { flowAccess } from "../contract/flow_access.ts";
import { findTreatment, listFlows, listTreatments, locateTreatment, type Project } from "../contract/project.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { parseRemoteUrl, type RemoteUrl, siblingUrl } from "../contract/remote_url.ts";
import { NAME, NAME_RULE } from "../contract/schema.ts";
import type { Treatment } from "../contract/treatment.ts";
import { type FetchedFlow, fetchFlow } from "./fetch_flow.ts";
import { type FetchedTreatment, fetchTreatment } from "./fetch_treatment.ts";
import { openSource } from "./open_source.ts";
import type { Source } from "./source.ts";
import { openScratch } from "./store.ts";

/** What `add` or `update` would pin: fetched, checked and shown, but in no lock yet. */
export interface Candidate extends Disposable {
  readonly url: RemoteUrl;
  readonly flow?: Named<FetchedFlow>;
  readonly treatments: readonly Named<FetchedTreatment>[];
  /** What was left out of the repository, or is not what it seems, for people. */
  readonly notes: readonly string[];
  /** The lock with this in it, in place of what stood there under the same names. */
  readonly lock: Lock;
  /** Puts the files in the cache. */
  keep(): void;
}

/** Something under the name that the lock gives it. */
export interface Named<T> {
  readonly name: string;
  readonly fetched: T;
}

/** How to fetch a candidate. */
export interface CandidateOptions {
  /** Its name in the project; by default its own. */
  readonly name?: string;
  /** Treatments of the lock that a flow is not to take as they are pinned, but to fetch again. */
  readonly renew?: readonly string[];
}

/**
 * Fetches what lies at `url`: a treatment, or a flow with the treatments that it names by path or URL.
 *
 * @param lock What is pinned so far, without what this replaces.
 * @throws {UsageError} If it is not valid, or its name is taken.
 */
export async function fetchCandidate(
  project: Project,
  url: RemoteUrl,
  lock: Lock,
  { name, renew = [] }: CandidateOptions = {},
): Promise<Candidate> {
  using stack = new DisposableStack();
  const scratch = stack.use(openScratch(project.dir));
  await using source = await openSource(url, { scratch: scratch.dir });
  const names = new Names(project, lock);
  let flow: Named<FetchedFlow> | undefined;
  const treatments: Named<FetchedTreatment>[] = [];
  const notes = [...source.notes];
  if (url.isFlow) {
    const fetched = stack.use(await fetchFlow(project.dir, url, source));
    flow = { fetched, name: names.take("flows", name ?? fetched.flow.name) };
    const pins: Record<string, string> = {};
    for (const [ref, at] of fetched.treatments) {
      const fetchedNow = treatments.find(({ fetched }) => fetched.pin.url === at.url)?.name;
      const known = fetchedNow ?? nameOfUrl(lock, at.url);
      if (known !== undefined && (known === fetchedNow || !renew.includes(known))) pins[ref] = known;
      else {
        const treatment = stack.use(await fetchFrom(project.dir, url, source, at, notes));
        pins[ref] = known ?? names.find(treatment.treatment.name, flow.name);
        treatments.push({ name: pins[ref], fetched: treatment });
      }
    }
    const used = treatmentsOf(project, fetched.flow, pins, treatments, (ref) => refuseMissing(url, ref, source));
    const permissions = flowAccess(fetched.flow, used);
    flow = { name: flow.name, fetched: { ...fetched, pin: { ...fetched.pin, permissions, treatments: pins } } };
  } else {
    const fetched = stack.use(await fetchTreatment(project.dir, url, source));
    treatments.push({ name: names.take("treatments", name ?? fetched.treatment.name), fetched });
  }
  const kept = stack.move();
  return {
    url,
    ...(flow ? { flow } : {}),
    treatments,
    notes: [...new Set([...notes, ...treatments.flatMap(({ fetched }) => fetched.notes)])],
    lock: extended(lock, flow, treatments),
    keep: () => {
      for (const { name, fetched } of [...(flow ? [flow] : []), ...treatments]) fetched.scratch.keep(name, fetched.pin);
    },
    [Symbol.dispose]: () => kept.dispose(),
  };
}

/** A flow's treatments mostly lie in its own repository, at the same commit. */
async function fetchFrom(
  projectDir: string,
  of: RemoteUrl,
  source: Source,
  url: RemoteUrl,
  notes: string[],
): Promise<FetchedTreatment> {
  if (isSamePlace(of, url)) return await fetchTreatment(projectDir, url, source);
  using scratch = openScratch(projectDir);
  await using other = await openSource(url, { scratch: scratch.dir });
  notes.push(...other.notes);
  return await fetchTreatment(projectDir, url, other);
}

function isSamePlace(a: RemoteUrl, b: RemoteUrl): boolean {
  if (a.kind === "https") return b.kind === "https" && a.site === b.site;
  return b.kind === "git" && a.repository === b.repository && a.ref === b.ref;
}

/** The treatments of a flow's steps: those that came with it, those pinned before, the project's and the built-in ones. */
function treatmentsOf(
  project: Project,
  flow: Flow,
  pins: Readonly<Record<string, string>>,
  fetched: readonly Named<FetchedTreatment>[],
  refuse: (ref: string) => never,
): Treatment[] {
  return flow.steps.map(({ treatment: ref }) => {
    const name = Object.hasOwn(pins, ref) ? pins[ref]! : ref;
    const found = fetched.find((treatment) => treatment.name === name)?.fetched.treatment;
    if (!found && "expected" in locateTreatment(project, name, project.dir)) refuse(ref);
    return found ?? findTreatment(project, name);
  });
}

/** By its name alone a flow brings no treatment along: it could be any that the project has. */
function refuseMissing(url: RemoteUrl, ref: string, source: Source): never {
  const files = source.list("")?.filter((path) => `/${path}`.endsWith(`/${ref}/treatment.json`));
  // Of one repository several projects may have treatments of that name.
  const own = join(dirname(dirname(url.path)), "treatments", ref, "treatment.json");
  const file = files?.find((path) => path === own) ?? files?.[0];
  const place = file && siblingUrl(url, dirname(file)).url;
  throw new UsageError(`Cannot use ${url.url}: it names the treatment "${ref}", and there is none of that name here`, {
    fix: place
      ? `Its repository has one; add that first: deno task add ${quoteWords([place, "--as", ref])}`
      : "Add that first; a flow only brings along the treatments that it names by a path or URL",
  });
}

/** The name under which a lock pins the treatment at `url`. */
function nameOfUrl({ treatments }: Lock, url: string): string | undefined {
  return Object.keys(treatments).find((name) => treatments[name]!.url === url);
}

function extended(
  lock: Lock,
  flow: Named<FetchedFlow> | undefined,
  treatments: readonly Named<FetchedTreatment>[],
): Lock {
  const brought = flow ? { flow: flow.name } : {};
  const pins: [string, PinnedTreatment][] = treatments.map((
    { name, fetched },
  ) => [name, { ...fetched.pin, ...brought }]);
  const flows: [string, PinnedFlow][] = flow ? [[flow.name, flow.fetched.pin]] : [];
  return {
    treatments: { ...lock.treatments, ...Object.fromEntries(pins) },
    flows: { ...lock.flows, ...Object.fromEntries(flows) },
  };
}

/** Names that nothing else in the project has: a treatment from elsewhere never stands for another silently. */
class Names {
  readonly #taken: Record<"flows" | "treatments", Map<string, string>>;

  constructor(project: Project, lock: Lock) {
    const listed = (items: readonly { readonly name: string; readonly origin: string; readonly url?: string }[]) =>
      items.filter(({ url }) => url === undefined).map(({ name, origin }) => [name, `the ${origin} one`] as const);
    const pinned = (pins: Lock["flows"] | Lock["treatments"]) =>
      Object.entries(pins).map(([name, { url }]) => [name, `that of ${url}`] as const);
    this.#taken = {
      flows: new Map([...listed(listFlows(project)), ...pinned(lock.flows)]),
      treatments: new Map([...listed(listTreatments(project)), ...pinned(lock.treatments)]),
    };
  }

  take(kind: "flows" | "treatments", name: string): string {
    if (!NAME.test(name)) throw new UsageError(`Cannot use the name "${name}": expected ${NAME_RULE}`);
    const by = this.#taken[kind].get(name);
    if (by !== undefined) {
      throw new UsageError(`Cannot use the name "${name}": it is taken by ${by}`, {
        fix: "Give it another name with --as NAME",
      });
    }
    this.#taken[kind].set(name, "another of these");
    return name;
  }

  /** For treatments that come with a flow: nobody has to think of names for them. */
  find(name: string, flow: string): string {
    let free = name;
    for (let count = 1; this.#taken.treatments.has(free); count++) {
      free = `${flow}-${name}${count === 1 ? "" : `-${count}`}`;
    }
    return this.take("treatments", free);
  }
}

/**
 * A lock without one flow and the treatments it brought along, or without one treatment. What another flow uses, too, stays
 * and is that one's from then on.
 */
export function without(lock: Lock, kind: "flows" | "treatments", name: string): Lock {
  const drop = <T>(pins: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(pins).filter(([key]) => key !== name));
  if (kind === "treatments") return { ...lock, treatments: drop(lock.treatments) };
  const flows = drop(lock.flows);
  // Also by a flow that is gone: of two that shared it the first used to leave it behind.
  const isBrought = (key: string, { flow }: PinnedTreatment) =>
    flow === name ||
    (flow !== undefined && !Object.hasOwn(lock.flows, flow) &&
      Object.values(lock.flows[name]?.treatments ?? {}).includes(key));
  const userOf = (treatment: string) =>
    Object.keys(flows).find((flow) => Object.values(flows[flow]!.treatments).includes(treatment));
  const treatments = Object.entries(lock.treatments).flatMap(([key, pin]): [string, PinnedTreatment][] => {
    if (!isBrought(key, pin)) return [[key, pin]];
    const flow = userOf(key);
    return flow === undefined ? [] : [[key, { ...pin, flow }]];
  });
  return { flows, treatments: Object.fromEntries(treatments) };
}

/** The candidate's URL, read as `add` takes it. */
export function remoteUrlOf(lock: Lock, kind: "flows" | "treatments", name: string): RemoteUrl {
  return parseRemoteUrl(lock[kind][name]!.url);
}
