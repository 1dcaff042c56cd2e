# Completes each line that is given, one after the other, in a terminal of its own. The matches that are
# added are written to $FOUND, behind each line's the word END. FUNCTIONS is the completion script's folder.

zmodload zsh/zpty
zpty terminal zsh -f -i

await() {
  local line whole=
  while zpty -r terminal line; do
    whole+=$line
    [[ $whole == *$1* ]] && return
  done
  exit 1
}

zpty -w terminal 'PS1= PS2= KEYTIMEOUT=1 fpath=($FUNCTIONS $fpath); autoload -Uz compinit; compinit -u -D'
# Calls with -O, -D or -A only sort matches, and add none.
zpty -w terminal 'compadd() {
  local -a kept
  if [[ " $* " != *" -"[ODA]" "* ]]; then
    builtin compadd -O kept "$@"
    (( $#kept )) && print -rl -- $kept >>$FOUND
  fi
  builtin compadd "$@"
}'
zpty -w terminal 'told() { BUFFER=; print -r -- COMPLE""TED }; zle -N told; bindkey "^X" told; print REA""DY'
await READY
for line in "$@"; do
  zpty -w -n terminal "$line"$'\t\x18'
  await COMPLETED
  print END >>$FOUND
done
zpty -d terminal
