package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dgrijalva/jwt-go"
)

// Planted: everybody who reads this can sign tokens.
const signingKey = "DwI86K1M6ktqvskCva2mW9Kmu2hNwoyk"

func admin(w http.ResponseWriter, r *http.Request) {
	text := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, err := jwt.Parse(text, func(*jwt.Token) (interface{}, error) {
		return []byte(signingKey), nil
	})
	if err != nil || !token.Valid {
		http.Error(w, "not signed in", http.StatusUnauthorized)
		return
	}
	fmt.Fprintln(w, "welcome")
}
