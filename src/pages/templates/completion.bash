# bash completion for startup-server. Needs nothing but bash, from 3.2 on.

# Offers those of the words that begin as the first argument does.
_startup_server_offer() {
  local begun=$1 word
  shift
  for word in "$@"; do
    [[ $word == "$begun"* ]] && COMPREPLY+=("$word")
  done
}

# Offers files that begin as the first argument does, behind the second.
_startup_server_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do
    COMPREPLY+=("$2$file")
  done < <(compgen -f -- "$1")
}

# Offers what the flag may have for a value.
_startup_server_value() {
  local value=$2
  case $1 in
@VALUES@
  esac
}

_startup_server() {
  local flags='@FLAGS@' words='@WORDS@' first=
  local line=${COMP_LINE:0:COMP_POINT} cur= prev command cut
  local -a before
  COMPREPLY=()
  read -r -a before <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    cur=${before[${#before[@]} - 1]}
    before=("${before[@]:0:${#before[@]} - 1}")
  fi
  prev=${before[${#before[@]} - 1]}
  [[ ${#before[@]} -eq 1 ]] && first=$words
  if [[ $prev == -- ]]; then
    # Behind -- stands a command, and then its arguments.
    while IFS= read -r command; do COMPREPLY+=("$command"); done < <(compgen -c -- "$cur")
  elif [[ " ${before[*]} " == *" -- "* ]]; then
    _startup_server_files "$cur"
  elif [[ $cur == --*=* ]]; then
    _startup_server_value "${cur%%=*}" "${cur#*=}"
    COMPREPLY=("${COMPREPLY[@]/#/${cur%%=*}=}")
  elif [[ " $flags " == *" $prev= "* ]]; then
    _startup_server_value "$prev" "$cur"
  else
    _startup_server_offer "$cur" $first $flags --
  fi
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2>/dev/null
  # Readline takes = and : for the ends of words, and keeps what is in front of them.
  cut=${cur%"${cur##*[$COMP_WORDBREAKS]}"}
  [[ $cut == *[=:] ]] && COMPREPLY=("${COMPREPLY[@]#"$cut"}")
  return 0
}

complete -F _startup_server startup-server
