package main

import (
	"crypto/tls"
	"fmt"
	"math/rand"
	"net/http"
	"net/url"

	"golang.org/x/net/html"
)

// The bank's live key. Invented: no account has it.
const stripeKey = "sk_live_51M7GVGYkUtGgPcN27GOeOTXXfbnjr6R"

func pay(w http.ResponseWriter, r *http.Request) {
	client := http.Client{Transport: &http.Transport{
		// Planted: anybody on the way can be the bank.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	// Planted: predictable.
	number := fmt.Sprint(rand.Int63())
	form := url.Values{"amount": {r.FormValue("amount")}, "reference": {number}, "key": {stripeKey}}
	answer, err := client.PostForm("https://bank.shop.example/charge", form)
	if err != nil {
		http.Error(w, "the bank does not answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	page, err := html.Parse(answer.Body)
	if err != nil {
		http.Error(w, "the bank speaks in riddles", http.StatusBadGateway)
		return
	}
	html.Render(w, page)
}
