/** The commands for a dataset as a whole: to keep it, to be rid of it, to ask its database. */
import type { Argument, Command, Flag } from "./command.ts";
import { JSON_FLAG } from "./commands_data.ts";

const DATASET: Argument = {
  name: "DATASET",
  description: "The dataset's name",
  required: true,
  complete: "dataset",
};
const FLOW: Flag = {
  name: "flow",
  value: "NAME",
  description: "The flow that makes it, if not the only one that names it",
  complete: "flow",
};
const STEP: Flag = {
  name: "step",
  value: "NAME",
  description: "The step that loads the database, if the flow loads several",
  complete: "step",
};
const WAIT: Flag = { name: "wait", description: "Wait for runs that write the dataset, rather than end with code 3" };

/** In the order help lists them. */
export const DATASET_COMMANDS: readonly Command[] = [
  {
    name: "archive",
    summary: "Write a whole dataset into one .tar.gz file, and read it back to be sure",
    details:
      "Raw files, results and what myx remembers of them go to datasets/_archive/DATASET_<UTC time>.tar.gz. The file gets\n" +
      "its name once it is whole, synced and compared with the dataset; files are never overwritten. Links are kept as\n" +
      "links. Restore with: tar xzf FILE -C datasets",
    arguments: [DATASET],
    flags: [
      {
        name: "output",
        value: "FILE|DIR",
        description: "Write this file, ending in .tar.gz, or into this folder",
        writes: true,
        complete: "folder",
      },
      WAIT,
      JSON_FLAG,
    ],
    examples: ["archive mussels", "archive mussels --output /media/backup"],
  },
  {
    name: "delete",
    summary: "Remove a dataset, once an archive holds all that is in it",
    details:
      "Compares every file with the newest archive in datasets/_archive and refuses if one is missing or differs. Its flow,\n" +
      "its task, its archives and tables that it has in a database server stay.",
    arguments: [DATASET],
    flags: [
      { name: "archive", description: "Archive it first" },
      { name: "yes", description: "Delete it without an archive, and without a question" },
      {
        name: "output",
        value: "FILE|DIR",
        description: "With --archive: where to; else the archive to compare with",
        writes: true,
        complete: "folder",
      },
      WAIT,
    ],
    examples: ["delete mussels --archive", "delete trial --yes"],
  },
  {
    name: "sql",
    summary: "Ask the database that a dataset's flow loads, be it embedded or a server",
    details:
      "Without a query: its tables. Runs in a transaction that only reads, on the connection of the flow's step. Tables are\n" +
      "called in upper case: write their names in double quotes. Data goes to stdout, errors to stderr.",
    arguments: [DATASET, { name: "QUERY", description: "SQL, one statement" }],
    flags: [
      {
        name: "format",
        value: "FORMAT",
        choices: ["table", "csv", "json"],
        description:
          "table (default) for people, csv (RFC 4180, commas), json: one object per line, the second of two columns " +
          "NAME as NAME_2",
      },
      FLOW,
      STEP,
    ],
    examples: [
      "sql mussels",
      `sql mussels 'select ts, m0__raw__mean from "EXP_PIL_90__BIO_SIGNAL__1H" order by ts limit 5'`,
      "sql demo 'select count(*) from myx_ledger' --flow valvometry_daily --format csv",
    ],
  },
  {
    name: "serve-db",
    summary: "Open the embedded database of a dataset to psql, Grafana and others on this machine",
    details:
      "Listens on 127.0.0.1 only, without password or encryption: everybody who is logged in here may connect, and write.\n" +
      "Up to 64 connections share one session (PGlite): one statement or transaction runs at a time, the others wait. Each\n" +
      "has its own settings; temporary tables, statements prepared by SQL and LISTEN are shared, as is what a function of\n" +
      "yours sets, and a setting with a dot in its name is lost when another is served. COPY FROM STDIN is refused.\n" +
      "Whatever loads or asks the database meanwhile has precedence: clients are cut off, and can connect again after it.\n" +
      "No query can be cancelled: it runs to its end.",
    arguments: [DATASET],
    flags: [
      { name: "port", value: "PORT", type: "count", description: "Port to listen on (default: 54320)" },
      FLOW,
      STEP,
    ],
    examples: ["serve-db mussels", "serve-db demo --flow valvometry_daily --port 5433"],
  },
];
