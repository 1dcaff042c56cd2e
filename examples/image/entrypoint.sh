#!/bin/sh
# Waits for the claim, loads what it brought, and becomes the workload that the arguments name. Run it under an init
# (docker run --init): a shell that is process 1 itself passes no signal on, so a stop would wait for its whole grace.
startup-server --file ./.env --format sh && set -a && . ./.env && set +a && exec "$@"
