-- Invented orders. Numbers are well formed and belong to nobody.
CREATE TABLE orders (number INTEGER, customer TEXT, phone TEXT, credit_code TEXT, card TEXT, amount INTEGER);
INSERT INTO orders VALUES (5001, '王小明', '15400000001', NULL, '6200000000000005', 4900);
INSERT INTO orders VALUES (5002, '虚构茶业有限公司', '15400000009', '91110199MA00000105', NULL, 129000);
INSERT INTO orders VALUES (5003, '李思雨', '15400000002', NULL, '6200000000000047', 12900);
-- Safe look-alikes: an order number of eighteen digits with a wrong check digit, and a date with a time.
INSERT INTO orders VALUES (5004, '110199199003070097', '20240131120000', NULL, '4242424242424241', 1);
