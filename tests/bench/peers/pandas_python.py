"""pandas with pyarrow: `python3 pandas_python.py RAW OUT RULES`."""

import io
import re

import common


def steps(out, rules):
    import numpy as np
    import pandas as pd

    def write(frame, *where):
        frame.to_parquet(common.path(out, *where), engine="pyarrow", compression="snappy", index=False)

    def read(*where):
        # Nullable integers stay integers.
        return pd.read_parquet(common.path(out, *where), engine="pyarrow", dtype_backend="numpy_nullable")

    def parse(source, files):
        keys = {name: rule["type"] for rule in rules["domains"].values() for name in rule["columns"]}
        # A line with all keys in order and numbers behind them loses the keys; the rest is left to the parser in C.
        values = {"int": rb"([-+]?\d+)", "float": rb"([-+]?\d+(?:\.\d+)?)"}
        fields = [b";%s:%s" % (name.encode(), values[kind]) for name, kind in keys.items()]
        simple = re.compile(rb"^([^;\n]*)" + b"".join(fields) + b"$", re.M)
        plain = b";".join(rb"\g<%d>" % (i + 1) for i in range(len(keys) + 1))
        data = b"".join(open(file, "rb").read() for file in files)
        stamped = len("2026-01-20T")
        lines = simple.sub(plain, data).split(b"\n")
        count = len(lines) - 1
        odd = {}
        for i in range(count):
            line = lines[i]
            if b":" in line[stamped + 16 :] or line.count(b";") != len(keys) or not line.isascii():
                odd[i] = line
                lines[i] = b""
        texts = io.BytesIO(b"\n".join(lines))
        frame = pd.read_csv(texts, sep=";", header=None, names=["ts", *keys], engine="c", skip_blank_lines=True)
        stamps = pd.to_datetime(frame["ts"], utc=True, format="%Y-%m-%dT%H:%M:%S.%fZ", errors="coerce", cache=False)
        frame["ts"] = stamps.astype("datetime64[us, UTC]")
        for name, kind in keys.items():
            frame[name] = frame[name].astype("Int64" if kind == "int" else "float64")
        number = np.delete(np.arange(count), list(odd))
        known = frame["ts"].notna().to_numpy()
        frame, number = frame[known], number[known]
        found = []
        for i, line in odd.items():
            read = common.odd_line(line.decode(errors="replace").split(";"), rules)
            if read:
                found.append((i, *read))
        for domain, rule in rules["domains"].items():
            part, lines_of = frame[["ts", *rule["columns"]]], number
            rows = [(i, stamp, values[domain]) for i, stamp, values in found if values[domain]]
            if rows:
                more = pd.DataFrame([values for *_, values in rows], columns=rule["columns"])
                more = more.astype("Int64" if rule["type"] == "int" else "float64")
                stamps = pd.to_datetime([stamp for _, stamp, _ in rows], utc=True, format="ISO8601")
                more.insert(0, "ts", stamps.as_unit("us"))
                part = pd.concat([part, more])
                lines_of = np.concatenate([lines_of, [i for i, *_ in rows]])
            order = np.lexsort((lines_of, part["ts"].astype("int64").to_numpy()))
            part = part.iloc[order] if rows or not part["ts"].is_monotonic_increasing else part
            for day, of in part.groupby(part["ts"].dt.floor("1D"), sort=True):
                write(of, "parse", source, domain, day.strftime("%Y-%m-%d"))

    def clean(source, _):
        half = rules["spike_window"] // 2
        for domain, rule in rules["domains"].items():
            def first_in_range(day):
                rows = read("parse", source, domain, day).drop_duplicates("ts", keep="first", ignore_index=True)
                for c in rule["columns"]:
                    rows[c] = rows[c].where((rows[c] >= rule["min"]) & (rows[c] <= rule["max"]))
                return rows

            days = common.days(out, "parse", source, domain)
            for day, before, own, after in common.with_neighbours(days, first_in_range):
                near = [] if before is None else [before.tail(half)]
                skip = len(near[0]) if near else 0
                near = pd.concat([*near, own, *([] if after is None else [after.head(half)])], ignore_index=True)
                result = own.copy()
                for c in rule["columns"]:
                    x = pd.Series(near[c].to_numpy("float64", na_value=np.nan))
                    median = x.rolling(rules["spike_window"], center=True, min_periods=1).median()
                    spike = ((x - median).abs() > rule["threshold"]).to_numpy()[skip : skip + len(own)]
                    result[c] = own[c].mask(spike)
                write(result, "clean", source, domain, day)

    def resample(source, _):
        for domain, rule in rules["domains"].items():
            def cells(day):
                rows = read("clean", source, domain, day)
                found = rows.groupby(rows.pop("ts").dt.floor("1s"))
                return found.last() if rule["how"] == "last" else found.mean()

            days = common.days(out, "clean", source, domain)
            for day, before, own, after in common.with_neighbours(days, cells):
                start = pd.Timestamp(day, tz="UTC")
                end = start + pd.Timedelta("1D")
                reach = pd.Timedelta("3s")
                near = [] if before is None else [before[before.index >= start - reach]]
                near = pd.concat([*near, own, *([] if after is None else [after[after.index < end + reach]])])
                grid = near.reindex(pd.date_range(near.index[0], near.index[-1], freq="1s", name="ts", unit="us"))
                for c in rule["columns"]:
                    x = grid[c]
                    if x.isna().any():
                        short = short_gaps(x.isna().to_numpy())
                        grid[c] = x.mask(short, x.ffill())
                grid = grid[(grid.index >= start) & (grid.index < end)]
                held = np.flatnonzero(grid.notna().any(axis=1).to_numpy())
                grid = grid.iloc[held[0] : held[-1] + 1] if len(held) else grid.iloc[:0]
                write(grid.reset_index(), "resample", source, domain, day)

    def short_gaps(null):
        """The nulls in runs of at most two between two values."""
        bounds = np.flatnonzero(np.diff(np.concatenate([[False], null, [False]]).astype(np.int8)))
        starts, ends = bounds[::2], bounds[1::2]
        fill = np.zeros(len(null), bool)
        for first, last in zip(starts, ends):
            if last - first <= 2 and first > 0 and last < len(null):
                fill[first:last] = True
        return fill

    def transform(source, _):
        for domain, rule in rules["domains"].items():
            for day in common.days(out, "resample", source, domain):
                rows = read("resample", source, domain, day)
                columns = {"ts": rows["ts"]}
                for c in rule["columns"]:
                    columns[c] = rows[c]
                    x = rows[c].to_numpy("float64", na_value=np.nan)
                    with np.errstate(all="ignore"):
                        y = 1 / np.sqrt(x) if rule["function"] == "sqrt_inv" else np.log(x)
                        columns[f"{c}__{rule['function']}"] = np.where(x > 0, y, np.nan)
                write(pd.DataFrame(columns), "transform", source, domain, day)

    def aggregate(source, _):
        for domain, rule in rules["domains"].items():
            made = f"__{rule['function']}"
            for day in common.days(out, "transform", source, domain):
                rows = read("transform", source, domain, day)
                ts = rows.pop("ts")
                rows.columns = [c if c.endswith(made) else f"{c}__raw" for c in rows.columns]
                for window, seconds in rules["windows"].items():
                    found = rows.groupby(ts.dt.floor(f"{seconds}s")).agg(["mean", "std", "min", "max", "median"])
                    found.columns = ["__".join(c) for c in found.columns]
                    write(found.reset_index(), "aggregate", source, domain, day, window)

    return {"parse": parse, "clean": clean, "resample": resample, "transform": transform, "aggregate": aggregate}


if __name__ == "__main__":
    common.main(steps)
