"""Time series in tables: columns, groups, times; what is missing is named by file and row."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq.errors import ArgumentError, ArtifactError
from textseq.series.table import read_series, write_table

HOURS = "time,load,heat\n" + "".join(f"2026-01-01 {h:02}:00:00,{h},{h / 2}\n" for h in range(24))


@pytest.fixture
def hours(tmp_path):
    path = tmp_path / "hours.csv"
    path.write_text(HOURS)
    return path


def test_columns_become_features_the_target_first(hours):
    table = read_series(hours, "heat", features=["load", "heat"], time="time")
    np.testing.assert_array_equal(table.series[0][:3], [[0, 0], [0.5, 1], [1, 2]])
    assert table.next_times(2) == [["2026-01-02", "2026-01-02 01:00:00"]]
    assert table.split("2026-01-01 20:00") == [20]
    assert table.split("2026-01-02") == [24]


def test_formats_are_read_alike(hours, tmp_path):
    expected = read_series(hours, "load", time="time")
    (tmp_path / "a.tsv").write_text(HOURS.replace(",", "\t"))
    times = np.arange("2026-01-01T00", "2026-01-02T00", dtype="datetime64[h]")
    columns = {"time": times.astype("datetime64[ns]"), "load": np.arange(24, dtype="int16")}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    (tmp_path / "slashes.csv").write_text(HOURS.replace("-", "/"))
    for name in ("a.tsv", "a.parquet", "slashes.csv"):
        found = read_series(tmp_path / name, "load", time="time")
        np.testing.assert_array_equal(found.series[0], expected.series[0])
        assert found.next_times(1) == expected.next_times(1)


def test_groups_are_series_wherever_their_rows_are(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("shop,day,sold\nb,2,5\na,1,1\na,2,2\nb,3,6\na,3,3\n")
    table = read_series(path, "sold", time="day", group="shop")
    assert table.names == ["b", "a"]
    assert [each[:, 0].tolist() for each in table.series] == [[5, 6], [1, 2, 3]]
    assert table.next_times(1) == [[4], [4]]
    assert table.split("3") == [1, 2]


def test_rows_are_counted_where_there_are_no_times(hours):
    table = read_series(hours, "load")
    assert table.next_times(2) == [[24, 25]]
    with pytest.raises(ArgumentError, match="no time '2026' without times"):
        table.split("2026")


def test_months_differ_in_days(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("month,rain\n" + "".join(f"2026-{m:02}-01,1\n" for m in range(1, 13)))
    assert read_series(path, "rain", time="month").next_times(2) == [["2027-01-01", "2027-02-01"]]


@pytest.mark.parametrize(
    ("change", "columns", "message"),
    [
        (
            ("07:00:00,7,", "07:00:00,,"),
            {},
            "hours.csv', row 8 after the header: 'load' is missing",
        ),
        (("07:00:00,7,", "07:00:00,x,"), {}, "row 8 after the header: 'load' is 'x', where a num"),
        (("07:00:00,7,", "07:00:00,nan,"), {}, "row 8 after the header: 'load' is missing"),
        (("2026-01-01 07:00:00", ""), {}, "row 8 after the header: 'time' is"),
        (("2026-01-01 07:00:00", "soon"), {}, "row 8 after the header: 'time' is 'soon'"),
        (
            ("2026-01-01 07:00:00,7,3.5\n", ""),
            {},
            "Row 8 of '.*hours.csv' after the header, column 'time', .*08:00:00.*step of 1 hour on",
        ),
        (("01 08:00:00", "01 07:00:00"), {}, "Row 9 .* is not later than the row before it"),
        ((), {"target": "lod"}, "no column 'lod' in '.*hours.csv'; '.*' has time, load, heat"),
        ((), {"target": ""}, r"Name the column \(--target\); '.*' has time, load, heat"),
        ((), {"group": "shop"}, "no column 'shop'"),
        ((HOURS[15:], ""), {}, "has no rows"),
    ],
)
def test_what_is_missing_is_named(hours, change, columns, message):
    if change:
        assert change[0] in HOURS
        hours.write_text(HOURS.replace(*change))
    with pytest.raises(ArgumentError, match=message):
        read_series(hours, **{"target": "load", "time": "time", **columns})


def test_a_series_may_end_at_a_gap(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("k,t,x\n" + "".join(f"{k},{t},{t}\n" for k in "ab" for t in (1, 2, 3, 7, 8)))
    table = read_series(path, "x", time="t", group="k", split_gaps=True)
    assert table.names == [*"aabb"]
    assert [each[:, 0].tolist() for each in table.series] == [[1, 2, 3], [7, 8]] * 2
    last = table.last_parts()
    assert last.names == [*"ab"]
    assert last.next_times(2) == [[9, 10]] * 2
    path.write_text("t,x\n1,1\n2,1\n5,1\n4,1\n5,1\n")
    with pytest.raises(ArgumentError, match="Row 4 .* 4, is not later than the row before it, 5"):
        read_series(path, "x", time="t", split_gaps=True)


def test_nulls_in_parquet_are_named(tmp_path):
    times = pa.array([1, None, 3], pa.timestamp("s"))
    pq.write_table(pa.table({"t": times, "x": [1.0, 2.0, None]}), tmp_path / "a.parquet")
    with pytest.raises(ArgumentError, match="row 3 after the header: 'x' is missing"):
        read_series(tmp_path / "a.parquet", "x")
    pq.write_table(pa.table({"t": times, "x": [1.0, 2.0, 3.0]}), tmp_path / "a.parquet")
    with pytest.raises(ArgumentError, match="row 2 after the header: 't' is None"):
        read_series(tmp_path / "a.parquet", "x", time="t")


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match="ends in .csv, .tsv or .parquet"):
        read_series(tmp_path / "a.txt", "x")
    with pytest.raises(ArtifactError, match="The table '.*a.csv' does not exist"):
        read_series(tmp_path / "a.csv", "x")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 not quite PAR1")
    with pytest.raises(ArtifactError, match="'.*a.parquet' cannot be read"):
        read_series(tmp_path / "a.parquet", "x")


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        ("load,load\n1,2\n", {}, "has 2 columns named 'load'.*rename or remove one"),
        ("a;load\n1;2\n", {}, "no column 'load'.*has a;load; write commas between the fields"),
        ("load,부하\n1,2\n", {}, "not UTF-8.*iconv -f cp949 -t utf-8"),
        ("load,shop\n1,가게\n", {"group": "shop"}, "not UTF-8"),
        ("load,t\n1,01:00\n", {"time": "t"}, "'t' is 01:00:00, where a time was expected"),
        ('load,t\n"1,000",1\n', {}, "'load' is '1,000', where a number was expected; correct it"),
        ("load,t\n1,1\n2,\n", {"time": "t"}, "'t' is missing.*; fill it in, or leave out"),
    ],
)  # fmt: skip
def test_what_is_wrong_and_what_to_do(tmp_path, content, columns, message):
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode("cp949"))
    with pytest.raises((ArgumentError, ArtifactError), match=message):
        read_series(path, "load", **columns)


def test_text_that_is_not_utf8_matters_only_in_columns_that_are_read(tmp_path):
    (tmp_path / "a.csv").write_bytes("load,shop\n1,가게\n".encode("cp949"))
    assert len(read_series(tmp_path / "a.csv", "load").series[0]) == 1


def test_a_time_zone_is_noted(tmp_path, caplog):
    (tmp_path / "a.csv").write_text("load,t\n1,2026-01-01T09:00:00+09:00\n")
    with caplog.at_level("INFO", "textseq"):
        table = read_series(tmp_path / "a.csv", "load", time="t")
    assert "'t' have a time zone; they are read and written in UTC" in caplog.text
    assert str(table.times[0][0]).startswith("2026-01-01T00:00")


def test_a_time_that_is_none_is_refused(hours):
    table = read_series(hours, "load", time="time")
    with pytest.raises(ArgumentError, match="Expected a time such as the table has.*'noon'"):
        table.split("noon")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.parquet"])
def test_what_is_written_can_be_read(tmp_path, name):
    rows = [{"day": f"2026-01-{d:02}", "rain": d / 2} for d in range(1, 5)]
    write_table(tmp_path / name, rows)
    table = read_series(tmp_path / name, "rain", time="day")
    assert table.series[0][:, 0].tolist() == [0.5, 1, 1.5, 2]
    assert table.next_times(1) == [["2026-01-05"]]
