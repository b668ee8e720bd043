module example.com/shop/payments

go 1.17

require (
	github.com/dgrijalva/jwt-go v3.2.0+incompatible
	github.com/lib/pq v1.10.9
	golang.org/x/net v0.0.0-20210226172049-e18ecbb05110
	golang.org/x/text v0.3.3
	gopkg.in/yaml.v2 v2.2.2
)
