// A server in the shape of the generation before: it takes a query by GET, writes it as it comes, answers
// OK, and ends a moment later.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"sort"
	"strings"
	"time"
)

func writeEnvFile(path string, query map[string][]string) error {
	lines := make([]string, 0, len(query))
	for name, values := range query {
		lines = append(lines, fmt.Sprintf("%s=%s\n", name, values[0]))
	}
	sort.Strings(lines)
	return os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644)
}

func main() {
	port, path := os.Args[1], os.Args[2]
	http.HandleFunc("/startup/heart_beat", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("success"))
	})
	http.HandleFunc("/startup/inject", func(w http.ResponseWriter, r *http.Request) {
		log.Printf("injecting %v", r.URL.Query())
		if err := writeEnvFile(path, r.URL.Query()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Write([]byte("OK"))
		go func() {
			time.Sleep(100 * time.Millisecond)
			os.Exit(0)
		}()
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}
