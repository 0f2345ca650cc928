import type { Partition } from "../contract/context.ts";
import { meet } from "./failures.ts";
import type { PlannedUnit } from "./plan.ts";

/**
 * The partitions that stand next to one that failed: it would be their halo if it were there. A treatment that throws fails
 * on all days of years, so each series is gone through once for all of them.
 *
 * @param units All of a step, by key.
 */
export function besideFailed<Unit extends Pick<PlannedUnit, "partition">>(
  units: readonly Unit[],
  failed: readonly Partition[],
): Unit[] {
  const lost = Map.groupBy(failed.filter(({ day }) => day !== undefined), seriesOf);
  const dated = units.filter(({ partition }) => partition.day !== undefined);
  const series = [...Map.groupBy(dated, ({ partition }) => seriesOf(partition)).values()];
  return [...lost.values()].flatMap((partitions) => {
    const { day: _, ...any } = partitions[0]!;
    const days = partitions.map(({ day }) => day!).sort();
    // A failed day may be of several series here, as where the step before takes all domains of a source.
    return series.filter(([unit]) => meet(unit!.partition, any)).flatMap((those) => besideDays(those, days));
  });
}

function seriesOf({ source, domain }: Partition): string {
  return `${source}__${domain}`;
}

/** Of partitions of one series those before and after each of `days`; both ascend. */
function besideDays<Unit extends Pick<PlannedUnit, "partition">>(
  units: readonly Unit[],
  days: readonly string[],
): Unit[] {
  let at = 0;
  return days.flatMap((day) => {
    while (at < units.length && units[at]!.partition.day! < day) at++;
    const after = units[at]?.partition.day === day ? at + 1 : at;
    return [units[at - 1], units[after]].filter((unit) => unit !== undefined);
  });
}
