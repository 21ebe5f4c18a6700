"""An assignment about tables, with pandas: one notebook, each task on the last."""

from proctor.tests.idioms.idiom import idiom

CSV = """\
day,city,price,count
2024-01-05,Rome,2.5,4
2024-01-05,Oslo,3.0,
2024-01-06,Rome,2.0,10
2024-01-07,Bern,4.0,1
2024-01-07,Oslo,3.5,2
"""
IDIOMS = [
    idiom(
        "table-read",
        "sales = pd.read_csv('sales.csv', parse_dates=['day'])",
        "sales = pd.read_csv('sales.csv')",
        """
        assert sales.shape == (5, 4)
        assert list(sales.columns) == ['day', 'city', 'price', 'count']
        assert sales['day'].dtype.kind == 'M'
        """,
        given=("import numpy as np\nimport pandas as pd",),
        files={"sales.csv": CSV},
    ),
    idiom(
        "table-cleaned",
        "sales = sales.dropna().reset_index(drop=True)",
        "sales = sales.fillna(0)",
        "assert sales.isna().sum().sum() == 0 and len(sales) == 4",
        "### BEGIN HIDDEN TESTS\nassert list(sales.index) == [0, 1, 2, 3]\n"
        "### END HIDDEN TESTS",
    ),
    idiom(
        "column-added",
        "sales['total'] = sales['price'] * sales['count']",
        "sales['total'] = sales['price'] + sales['count']",
        "assert np.isclose(sales['total'].sum(), 41)\nassert sales.total.iloc[1] == 20",
    ),
    idiom(
        "series-compared",
        "by_city = sales.groupby('city')['total'].sum()",
        "by_city = sales.groupby('city')['total'].mean()",
        """
        wanted = pd.Series({'Bern': 4.0, 'Oslo': 7.0, 'Rome': 30.0}, name='total')
        wanted.index.name = 'city'
        pd.testing.assert_series_equal(by_city, wanted)
        """,
        "assert by_city['Rome'] == 30 and by_city.idxmax() == 'Rome'",
    ),
    idiom(
        "frame-to-frame",
        "def dear(table, least):\n    return table[table['price'] >= least]",
        "def dear(table, least):\n    return table[table['price'] > least]",
        """
        table = pd.DataFrame({'price': [1.0, 2.0, 3.0]}, index=['a', 'b', 'c'])
        found = dear(table, 2)
        assert isinstance(found, pd.DataFrame)
        assert found.equals(table.loc[['b', 'c']])
        """,
    ),
    idiom(
        "frame-changed-in-place",
        "def with_tax(table):\n    table['tax'] = table['price'] / 4",
        "def with_tax(table):\n    return table.assign(tax=table['price'] / 4)",
        "t = pd.DataFrame({'price': [4.0]})\nwith_tax(t)\nassert list(t['tax']) == [1]",
    ),
    idiom(
        "merged",
        "land = pd.DataFrame({'city': ['Rome', 'Oslo', 'Bern'], 'land': list('ine')})\n"
        "both = sales.merge(land, on='city', how='left')",
        "land = pd.DataFrame({'city': ['Rome', 'Oslo', 'Bern'], 'land': list('ine')})\n"
        "both = land.merge(sales, on='city').sort_values('city')",
        "assert both['land'].tolist() == ['i', 'i', 'e', 'n']",
    ),
    idiom(
        "value-of-a-table",
        "best_day = sales.loc[sales['total'].idxmax(), 'day']",
        "best_day = sales['day'].max()",
        "assert best_day == pd.Timestamp('2024-01-06')",
        "assert str(best_day.date()) == '2024-01-06'",
    ),
    idiom(
        "plain-value-of-a-table",
        "cities = sorted(sales['city'].unique())\nmost = int(sales['count'].max())",
        "cities = list(sales['city'])\nmost = sales['count'].mean()",
        "assert cities == ['Bern', 'Oslo', 'Rome'] and most == 10",
    ),
    idiom(
        "table-of-two-keys",
        "pivot = sales.pivot_table(index='city', columns='day', values='total')",
        "pivot = sales.pivot_table(index='day', columns='city', values='total')",
        "assert pivot.shape == (3, 3)\n"
        "assert pivot.loc['Rome'].notna().sum() == 2\n"
        "assert pivot.index.name == 'city'",
    ),
    idiom(
        "sparse-matrix",
        "from scipy import sparse\n"
        "def tens(n):\n    return sparse.diags_array(np.full(n, 10.0)).tocsr()",
        "from scipy import sparse\n"
        "def tens(n):\n    return sparse.diags_array(np.full(n, 1.0)).tocsr()",
        "m = tens(3)\nassert m.nnz == 3 and m.shape == (3, 3)\n"
        "assert (m.toarray() == 10 * np.eye(3)).all()",
    ),
    idiom(
        "frame-with-zones-and-kinds",
        "def prepared(table):\n    when = pd.to_datetime(table['t'], utc=True)\n"
        "    when = when.dt.tz_convert('Europe/Rome')\n"
        "    return table.assign(t=when, k=table['k'].astype('category'))",
        "def prepared(table):\n    when = pd.to_datetime(table['t'], utc=True)\n"
        "    return table.assign(t=when, k=table['k'].astype('category'))",
        """
        raw = pd.DataFrame({'t': ['2024-07-01 12:00', None], 'k': ['a', 'b']})
        when = pd.to_datetime(raw.t, utc=True).dt.tz_convert('Europe/Rome')
        wanted = raw.assign(t=when, k=raw.k.astype('category'))
        pd.testing.assert_frame_equal(prepared(raw), wanted)
        """,
    ),
    idiom(
        "names-of-the-tests-own-function",
        "prices = pd.DataFrame({'p': [1.0, 2.0]})\n"
        "def doubled(table):\n    return table * 2",
        "prices = pd.DataFrame({'p': [1.0, 2.0]})\n"
        "def doubled(table):\n    return table + 2",
        """
        assert doubled(prices)['p'].sum() == 6
        ### BEGIN HIDDEN TESTS
        def right(prices):
            prices = prices * 2
            return prices
        pd.testing.assert_frame_equal(doubled(prices), right(prices))
        ### END HIDDEN TESTS
        """,
    ),
]
