from lake import customer, line, order


def test_a_first_load_fills_the_tables_and_says_so(bench):
    records = bench.load(
        bench.lake.run("customers", [[customer(1), customer(2)]]),
        bench.lake.run("orders", [[order(1)], [order(2)]]),
        bench.lake.run("order_lines", [[line(1, 1), line(1, 2), line(2, 1)]]),
    )
    assert bench.rows("select order_id, status from sales.orders order by 1") == [(1, "paid"), (2, "paid")]
    assert bench.rows("select table_name, rows_inserted from penstock.table_load order by 1") == [("sales.customers", 2), ("sales.order_lines", 3), ("sales.orders", 2), ("sales.sales_by_day", 1)]
    assert records["sales.orders"].data_through == "2026-11-22"
    assert bench.staging_tables() == []
