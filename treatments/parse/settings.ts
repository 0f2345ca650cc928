import { type Params, type RawSettings, readRawSettings } from "myx";

/** The params of parse, checked. */
export interface Settings extends RawSettings {
  /** Name of the time column in the output. */
  readonly timeColumn: string;
}

/**
 * Reads the params.
 *
 * @throws {TypeError} If one of them cannot be used.
 */
export function readSettings(params: Params): Settings {
  const timeColumn: string = params.timestamp_column;
  if (timeColumn === "") throw new TypeError('Cannot use timestamp_column "": expected a name such as "ts"');
  return { ...readRawSettings(params, timeColumn), timeColumn };
}
