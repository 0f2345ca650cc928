/** What a clock in `zone` shows, as slowly and plainly as can be. */
export function wallClock(micros: number, zone: string): string {
  const here = Temporal.Instant.fromEpochNanoseconds(BigInt(micros) * 1000n).toZonedDateTimeISO(zone);
  return here.toPlainDateTime().toString({ smallestUnit: "second" }).replace("T", " ");
}
