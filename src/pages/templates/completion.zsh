#compdef startup-server
# zsh completion for startup-server.

# One of the words, a colon, and a file.
_startup_server_prefixed() {
  if compset -P '*:'; then
    _files
  else
    compadd -q -S ':' -- "$@"
  fi
}

_startup_server() {
  local -i end=${words[(i)--]}
  if (( end < CURRENT )); then
    # Behind -- stands a command with arguments of its own.
    words=("${(@)words[end + 1, -1]}")
    (( CURRENT -= end ))
    _normal
    return
  fi
  _arguments @SPECS@
}

_startup_server "$@"
