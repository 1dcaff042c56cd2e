#!/bin/busybox sh
# The first process of an emulated arm64 machine: a claim, a command, and what a taken-over server would try.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
ip link set lo up
cd /env

claim() {
  until wget -q -O - "http://127.0.0.1:8081/?$1" 2> /dev/null; do sleep 0.1; done
  echo
}

/startup-server --output sh:app.env --output files:secrets &
until wget -q -O - http://127.0.0.1:8081/heart_beat 2> /dev/null; do sleep 0.1; done
echo
grep -E 'NoNewPrivs|Seccomp' "/proc/$!/status"
claim 'KEY1=value1&KEY2=value2'
wait "$!"
echo "ended with $?"
cat app.env
echo "a file a secret: $(cat secrets/KEY2)"

/startup-server --file=none -- /bin/busybox sh -c 'echo "the command has $KEY"; exit 42' &
claim 'KEY=value'
wait "$!"
echo "ended with $?"

/try
poweroff -f
