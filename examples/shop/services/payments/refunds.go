package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"

	_ "github.com/lib/pq"
	"gopkg.in/yaml.v2"
)

type settings struct {
	Database string `yaml:"database"`
}

type store struct{ db *sql.DB }

func openStore(path string) (*store, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var read settings
	if err := yaml.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	db, err := sql.Open("postgres", read.Database)
	return &store{db}, err
}

func (s *store) refunds(w http.ResponseWriter, r *http.Request) {
	// Planted: the order's number becomes part of the statement.
	query := fmt.Sprintf("SELECT amount FROM refunds WHERE order_number = '%s'", r.FormValue("order"))
	rows, err := s.db.Query(query)
	s.write(w, rows, err)
}

func (s *store) refund(w http.ResponseWriter, r *http.Request) {
	// Safe look-alike: the value is bound.
	rows, err := s.db.Query("SELECT amount FROM refunds WHERE number = $1", r.FormValue("number"))
	s.write(w, rows, err)
}

func (s *store) write(w http.ResponseWriter, rows *sql.Rows, err error) {
	if err != nil {
		http.Error(w, "no refunds", http.StatusInternalServerError)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var amount int64
		if rows.Scan(&amount) == nil {
			fmt.Fprintln(w, amount)
		}
	}
}
