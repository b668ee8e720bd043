// Payments of the demonstration shop. DELIBERATELY VULNERABLE: never deploy.
//
// Routes:
//
//	GET  /refunds?order=TEXT     refunds of an order            (SQL injection, see refunds.go)
//	GET  /receipt?order=TEXT     prints a receipt               (command injection, see receipts.go)
//	POST /pay                    asks the bank                  (certificates unchecked, see bank.go)
//	GET  /admin                  needs a token                  (hard-coded key, see tokens.go)
//	GET  /greeting               in the visitor's language      (safe)
package main

import (
	"fmt"
	"html"
	"log"
	"net/http"
	"os"

	"golang.org/x/text/language"
)

func greeting(w http.ResponseWriter, r *http.Request) {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		tags = []language.Tag{language.English}
	}
	// Safe look-alike: escaped.
	fmt.Fprintf(w, "<p lang=%q>%s</p>", tags[0], html.EscapeString(r.FormValue("name")))
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-check" {
		if _, err := http.Get("http://localhost:8003/greeting"); err != nil {
			log.Fatal(err)
		}
		return
	}
	store, err := openStore("settings.yaml")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/refunds", store.refunds)
	http.HandleFunc("/refund", store.refund)
	http.HandleFunc("/receipt", receipt)
	http.HandleFunc("/pay", pay)
	http.HandleFunc("/admin", admin)
	http.HandleFunc("/greeting", greeting)
	log.Fatal(http.ListenAndServe(":8003", nil))
}
