import * as v from "valibot";
import { NAME, NAME_RULE, record, strict } from "./schema.ts";

const name = (description: string) => v.pipe(v.string(NAME_RULE), v.regex(NAME, NAME_RULE), v.description(description));

const params = (description: string) =>
  v.pipe(
    record(v.string(), v.unknown(), "an object of params"),
    v.description(description),
  );

const folder = (description: string) =>
  v.pipe(v.string("a folder"), v.minLength(1, "a folder"), v.description(description));

const step = v.pipe(
  strict({
    treatment: v.pipe(
      v.string("the name, path or URL of a treatment"),
      v.minLength(1, "the name, path or URL of a treatment"),
      v.description(
        "Name of a treatment, path of its folder (with a '/') from this file's folder, or a URL that myx.lock pins.",
      ),
    ),
    input: v.exactOptional(
      folder(
        "Folder to read; relative to datasets/<dataset>/ where a dataset is set. Only for treatments that read files.",
      ),
    ),
    output: folder("Folder to write; no other step may write it."),
    name: v.exactOptional(name("Name of the step, if not the treatment's; must be unique in the flow.")),
    params: v.exactOptional(params("Params of this step; they go over the flow's.")),
    version: v.exactOptional(v.pipe(
      v.string('a version such as "1" or "1.2.0"'),
      v.regex(/^\d+(?:\.\d+){0,2}(?:-[A-Za-z0-9.]+)?$/, 'a version such as "1" or "1.2.0"'),
      v.description('The treatment\'s version, or the front of it: "1" takes any 1.x.y.'),
    )),
    retries: v.exactOptional(v.pipe(
      v.number("a whole number"),
      v.integer("a whole number"),
      v.minValue(0, "0 or more"),
      v.maxValue(100, "at most 100"),
      v.description("How often a failed partition is tried again. Default 0."),
    )),
    retry_delay_s: v.exactOptional(v.pipe(
      v.number("a number of seconds"),
      v.minValue(0, "0 or more"),
      v.maxValue(86_400, "at most 86400"),
      v.description("Seconds to wait before the first retry; each further one waits twice as long. Default 0."),
    )),
  }),
  v.title("Step"),
);

/** flow.json. */
export const flowSchema = v.pipe(
  strict({
    $schema: v.exactOptional(v.pipe(v.string("text"), v.description("Where this schema lies, for editors."))),
    name: name("Name of the flow: the file's name without .json."),
    version: v.exactOptional(v.pipe(v.string("text"), v.description("Version of the flow, for people."))),
    description: v.exactOptional(
      v.pipe(v.string("text"), v.description("What the flow does, for a human or a model.")),
    ),
    dataset: v.exactOptional(name("Folder under datasets/ that the steps' paths are relative to.")),
    params: v.exactOptional(
      params(
        "Params for every step that declares them. A param set to null is not set, or off, where its treatment allows that. " +
          '"{env:NAME}" is a secret from the environment; "{NOW}" and "{NOW-1d}" are allowed in from and to.',
      ),
    ),
    steps: v.pipe(
      v.array(step, "a list of steps"),
      v.minLength(1, "at least one step"),
      v.description("Treatments with the folders they read and write; their order follows from the folders."),
    ),
  }),
  v.title("myx flow"),
  v.description("An ordered list of steps: treatment, input folder, output folder, params."),
);
