// The same server with Go's net/http, as its users write it.
package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func say(message string, count int) {
	json.NewEncoder(os.Stderr).Encode(map[string]any{
		"level": "info", "timestamp": time.Now().UTC(), "message": message, "count": count,
	})
}

func commit(path, content string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".env-*")
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err = file.WriteString(content); err != nil {
		return err
	}
	if err = file.Sync(); err != nil {
		return err
	}
	if err = os.Rename(file.Name(), path); err != nil {
		return err
	}
	directory, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer directory.Close()
	return directory.Sync()
}

func readVariables(r *http.Request) (variables map[string]string, err error) {
	if r.Method == http.MethodPost {
		return variables, json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&variables)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	variables = make(map[string]string, len(query))
	for name := range query {
		variables[name] = query.Get(name)
	}
	return variables, err
}

func main() {
	port, path := os.Args[1], os.Args[2]
	server := &http.Server{Addr: "127.0.0.1:" + port, ReadHeaderTimeout: 10 * time.Second}
	var claiming sync.Mutex
	claimed := make(chan struct{})
	http.HandleFunc("/heart_beat", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`"success"`))
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		variables, err := readVariables(r)
		if err != nil {
			http.Error(w, "malformed", http.StatusBadRequest)
			return
		}
		if !claiming.TryLock() {
			http.Error(w, "already claimed", http.StatusConflict)
			return
		}
		var content strings.Builder
		for name, value := range variables {
			content.WriteString(name + "=" + value + "\n")
		}
		if err := commit(path, content.String()); err != nil {
			claiming.Unlock()
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		say("claimed", len(variables))
		w.Write([]byte("OK"))
		close(claimed)
	})
	say("waiting for a claim", 0)
	go server.ListenAndServe()
	<-claimed
	server.Shutdown(context.Background())
}
