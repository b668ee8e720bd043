package main

import (
	"net/http"
	"os/exec"
	"regexp"
)

var plain = regexp.MustCompile(`^[0-9]{1,12}$`)

func receipt(w http.ResponseWriter, r *http.Request) {
	order := r.FormValue("order")
	// Planted: `order=1;id` runs a second command.
	out, err := exec.Command("sh", "-c", "cat receipts/"+order+".txt").Output()
	if err != nil {
		http.Error(w, "no receipt", http.StatusNotFound)
		return
	}
	w.Write(out)
}

// Safe look-alike: digits only, and no shell.
func receiptOf(order string) ([]byte, error) {
	if !plain.MatchString(order) {
		return nil, http.ErrMissingFile
	}
	return exec.Command("cat", "receipts/"+order+".txt").Output()
}
