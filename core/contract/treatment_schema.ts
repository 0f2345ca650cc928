import * as v from "valibot";
import { params, text } from "./param_schema.ts";
import { NAME, NAME_RULE, strict } from "./schema.ts";

const VERSION = /^\d+\.\d+\.\d+(?:-[A-Za-z0-9.]+)?$/;

/** So many bytes are a whole number still, which the kernel and V8 can read. */
const MOST_MB = 2 ** 32;

const halo = v.pipe(
  v.union([
    strict({
      rows: v.pipe(
        v.union([v.pipe(v.number(), v.integer("a whole number"), v.minValue(0, "0 or more")), v.string()]),
        v.description('Rows on each side, such as "{spike_window}".'),
      ),
    }),
    strict({
      seconds: v.pipe(
        v.array(v.union([v.pipe(v.number(), v.minValue(0, "0 or more")), v.string()])),
        v.description('Seconds on each side, summed, such as ["{max_gap_fill_s}", "{freq}"].'),
      ),
    }),
  ], 'either {"rows": ...} or {"seconds": [...]}'),
  v.description(
    "Rows of neighbouring partitions that a call may read, so that results do not depend on where files are cut. " +
      '"{x}" is the param x, "{x.[domain].y}" the value y of the partition\'s domain in it; durations such as "1s" are ' +
      "seconds; missing or null is 0.",
  ),
);

const whole = (least: number) =>
  v.pipe(v.number("a number"), v.integer("a whole number"), v.minValue(least, `at least ${least}`));
const megabytes = (least: number) => v.pipe(whole(least), v.maxValue(MOST_MB, `at most ${MOST_MB}`));

const permissions = v.pipe(
  strict({
    net: v.exactOptional(v.pipe(
      v.array(v.string('text such as "{host}:{port}"'), "a list"),
      v.description('Hosts it may reach, such as "example.org:443" or "{host}:{port}".'),
    )),
    env: v.exactOptional(v.pipe(
      v.array(v.string('text such as "{password_env}"'), "a list"),
      v.description('Environment variables it may read, such as "{password_env}".'),
    )),
    memory_mb: v.exactOptional(v.pipe(
      megabytes(16),
      v.description("Limit of one call's memory, in MiB. Default 2048."),
    )),
    time_s: v.exactOptional(v.pipe(
      v.number("a number"),
      v.gtValue(0, "more than 0"),
      v.description("Limit of one call's time, in seconds. Default 3600."),
    )),
    output_mb: v.exactOptional(v.pipe(
      megabytes(1),
      v.description("Limit of what one call writes, in MiB. Default 16384."),
    )),
    output_files: v.exactOptional(v.pipe(
      whole(1),
      v.description("Limit of how many files and folders one call writes. Default 100000."),
    )),
    state: v.exactOptional(v.pipe(
      v.string(NAME_RULE),
      v.regex(NAME, NAME_RULE),
      v.description("Folder kept with the dataset that its calls may read and write. Built-in treatments only."),
    )),
  }),
  v.description(
    'What it may do beside reading its input and writing its output. Nothing named, nothing granted; "{x}" is the param x.',
  ),
);

const format = <const T extends readonly string[]>(formats: T, side: string) =>
  v.pipe(
    strict({
      format: v.pipe(
        v.picklist(formats, `one of ${formats.map((name) => `"${name}"`).join(", ")}`),
        v.description(`Files the treatment ${side}.`),
      ),
      description: v.exactOptional(text(`What is in the files it ${side}.`)),
    }),
    v.description(`What the treatment ${side}.`),
  );

/** treatment.json. */
export const treatmentSchema = v.pipe(
  strict({
    $schema: v.exactOptional(text("Where this schema lies, for editors.")),
    name: v.pipe(
      v.string(NAME_RULE),
      v.regex(NAME, NAME_RULE),
      v.description("How flows call it: the name of its folder."),
    ),
    version: v.pipe(
      v.string('a version such as "1.0.0"'),
      v.regex(VERSION, 'a version such as "1.0.0"'),
      v.description("Raise it when equal inputs would give other outputs."),
    ),
    description: v.pipe(
      v.string("text"),
      v.minLength(1, "a sentence"),
      v.description("What it does, for a human or a model."),
    ),
    input: format(["csv", "parquet", "none"], "reads"),
    output: format(["parquet", "csv", "none"], "writes"),
    partition: v.exactOptional(v.pipe(
      v.array(
        v.picklist(["file", "source", "domain", "day"], '"file", "source", "domain" or "day"'),
        'a list of "file", "source", "domain" and "day"',
      ),
      v.description(
        'What one call works on: ["source", "domain", "day"], ["source"], ["day"], or ["file"] (one raw file). [] (the default) is ' +
          'one call on the whole folder. For csv files ["file"] or [].',
      ),
    )),
    pack: v.exactOptional(v.pipe(
      v.union(
        [
          v.boolean(),
          v.pipe(
            v.number(),
            v.integer("a whole number"),
            v.minValue(1, "at least 1"),
            v.maxValue(1024, "at most 1024"),
          ),
        ],
        "true, false or how many MiB",
      ),
      v.description(
        'Beside ["file"]: one call may be given several files, of so many MiB in all (true: 1; those of .gz count eightfold), ' +
          "and tells them apart by context.about. Limits count per call.",
      ),
    )),
    halo: v.exactOptional(halo),
    permissions: v.exactOptional(permissions),
    params: v.exactOptional(params("The values that flows and the command line may set.")),
  }),
  v.title("myx treatment"),
  v.description("Metadata, params and permissions of one action on data; its code lies beside it in run.ts."),
);
