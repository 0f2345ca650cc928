import * as v from "valibot";
import { PARAM_FORMATS } from "./param_format.ts";
import type { ParamSpec } from "./treatment.ts";
import { record, strict } from "./schema.ts";
import { oneOf } from "./suggest.ts";

/** Param names stand in placeholders and on the command line. */
const PARAM_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Free text. */
export const text = (description: string) => v.pipe(v.string("text"), v.description(description));

const spec = v.lazy((): v.GenericSchema<ParamSpec> => paramSchema);

/** An object of params by name. */
export const params = (description: string) =>
  v.pipe(
    record(
      v.pipe(v.string(), v.regex(PARAM_NAME, "a param name of letters, digits and '_'")),
      spec,
      "an object of params",
    ),
    v.description(description),
  );

/** One param of treatment.json. Its texts are the help that editors show. */
export const paramSchema: v.GenericSchema<ParamSpec> = v.pipe(
  strict({
    type: v.pipe(
      v.picklist(
        ["string", "integer", "float", "boolean", "object", "array"],
        'one of "string", "integer", "float", "boolean", "object" or "array"',
      ),
      v.description("Type of the value. 1 is a valid float; true is not an integer."),
    ),
    description: v.exactOptional(text("What the param does, in which unit, for a human or a model.")),
    default: v.exactOptional(
      v.pipe(
        v.unknown(),
        v.description("Value where nobody gives one; must satisfy the rest of this param. Without it: null."),
      ),
    ),
    required: v.exactOptional(
      v.pipe(
        v.boolean("true or false"),
        v.description(
          "true: must be given and not be null. Left out: may be null (which means not set, or off) if the default is " +
            "null or absent. false beside a default other than null: may be set to null too.",
        ),
      ),
    ),
    enum: v.exactOptional(
      v.pipe(
        v.array(
          v.union([v.string(), v.number(), v.boolean(), v.null()], "text, a number, true, false or null"),
          "a list of values",
        ),
        v.minLength(1, "at least one value"),
        v.description("The only values allowed."),
      ),
    ),
    minimum: v.exactOptional(v.pipe(v.number("a number"), v.description("Least value of an integer or float."))),
    maximum: v.exactOptional(v.pipe(v.number("a number"), v.description("Greatest value of an integer or float."))),
    items: v.exactOptional(
      v.pipe(
        spec,
        v.description("Each element of an array; or each value of an object whose keys the user chooses."),
      ),
    ),
    properties: v.exactOptional(
      v.pipe(
        record(v.string(), spec, "an object of params"),
        v.description(
          "The known keys of an object. Others are errors, unless items describes them. Their defaults are filled in.",
        ),
      ),
    ),
    secret: v.exactOptional(
      v.pipe(v.boolean("true or false"), v.description("true: the value is never printed, logged or stored.")),
    ),
    merge: v.exactOptional(
      v.pipe(
        v.picklist(["replace", "deep"], '"replace" or "deep"'),
        v.description(
          "How an object given in a flow, a step or on the command line meets the one below it: replace it (the " +
            "default), or merge into it key by key (deep). Arrays are always replaced; null sets null.",
        ),
      ),
    ),
    format: v.exactOptional(
      v.pipe(
        v.picklist(PARAM_FORMATS, oneOf(PARAM_FORMATS)),
        v.description(
          "What a string must look like, checked before anything runs: window (a duration that divides a day: 1s, 5min), " +
            "duration (10s, 1h, 2d), zone (IANA: Europe/Paris), date (YYYY-MM-DD), bound (a date or a stamp; {NOW} forms " +
            "in from and to).",
        ),
      ),
    ),
    keys: v.exactOptional(
      v.pipe(
        v.literal("domain", '"domain"'),
        v.description("domain: the keys of the object are domains; a run warns of those that no file has."),
      ),
    ),
    names: v.exactOptional(
      v.pipe(
        v.literal("domain", '"domain"'),
        v.description("domain: the string is the name of a domain; a run warns if no file has it."),
      ),
    ),
    env: v.exactOptional(
      v.pipe(
        v.string("the name of an environment variable"),
        v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable"),
        v.description(
          "Environment variable that gives the value where neither flow nor command line do. Built-in treatments only; " +
            "secrets are named {env:NAME} in the flow instead.",
        ),
      ),
    ),
  }),
  v.title("Param"),
);
